using Clawdbot.Testing.Processes;
using Clawdbot.Tests.Processes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Clawdbot.Tests.Rules;

/// <summary>One hand-written file of the product, read as the compiler reads it.</summary>
internal sealed class SourceFile
{
    private readonly SyntaxNode _root;

    private SourceFile(string path)
    {
        Path = System.IO.Path.GetRelativePath(Repository.Root, path).Replace('\\', '/');
        var text = File.ReadAllText(path);
        Lines = text.Split('\n').Length - (text.EndsWith('\n') ? 1 : 0);
        _root = CSharpSyntaxTree.ParseText(text).GetRoot();
    }

    /// <summary>From the repository's root, with slashes.</summary>
    public string Path { get; }

    /// <summary>All of them, empty ones and comments too.</summary>
    public int Lines { get; }

    /// <summary>Every file of every <c>Clawdbot.*</c> project but the tests.</summary>
    public static IReadOnlyList<SourceFile> All { get; } =
    [
        .. Directory.EnumerateDirectories(Repository.Root, "Clawdbot.*")
            .Where(project => System.IO.Path.GetFileName(project) != "Clawdbot.Tests")
            .SelectMany(project => Directory.EnumerateFiles(project, "*.cs", SearchOption.AllDirectories))
            .Select(path => path.Replace('\\', '/'))
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(path => new SourceFile(path)),
    ];

    /// <summary>Folder inside its project, such as <c>Edge</c>; empty at its top.</summary>
    public string Room => Path.Split('/') is [_, var room, _, ..] ? room : "";

    /// <summary>Numbers of the lines that are longer, in characters; what lies within a raw string literal is somebody else's text.</summary>
    public IReadOnlyList<int> LongLines(int most)
    {
        var literals = _root.DescendantTokens()
            .Where(t => t.Kind() is SyntaxKind.MultiLineRawStringLiteralToken or SyntaxKind.InterpolatedStringTextToken)
            .Select(t => t.GetLocation().GetLineSpan())
            .Where(s => s.EndLinePosition.Line > s.StartLinePosition.Line).ToList();
        return [.. _root.SyntaxTree.GetText().Lines
            .Where(l => l.End - l.Start > most)
            .Select(l => l.LineNumber)
            .Where(n => !literals.Exists(s => s.StartLinePosition.Line <= n && n <= s.EndLinePosition.Line))
            .Select(n => n + 1)];
    }

    /// <summary>
    /// Each method, local function and constructor, primary ones too, with the number of its parameters. A record's are its data.
    /// </summary>
    public IEnumerable<(string Name, int Count)> Parameters => _root.DescendantNodes()
        .Select(n => n switch
        {
            BaseMethodDeclarationSyntax method => (Name(method), method.ParameterList.Parameters.Count),
            LocalFunctionStatementSyntax local => (Name(local), local.ParameterList.Parameters.Count),
            ClassDeclarationSyntax { ParameterList: { } list } type => (type.Identifier.Text, list.Parameters.Count),
            StructDeclarationSyntax { ParameterList: { } list } type => (type.Identifier.Text, list.Parameters.Count),
            _ => ("", 0),
        })
        .Where(f => f.Item1.Length > 0)
        .Select(f => ($"{Path}: {f.Item1}", f.Item2));

    /// <summary>Declared namespace; null where there is none.</summary>
    public string? Namespace => _root.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>().FirstOrDefault()?.Name.ToString();

    /// <summary>Declared classes, records, enums and so on, nested ones too.</summary>
    public IEnumerable<BaseTypeDeclarationSyntax> Types => _root.DescendantNodes().OfType<BaseTypeDeclarationSyntax>();

    /// <summary>Names of declared interfaces.</summary>
    public IEnumerable<string> Interfaces => _root.DescendantNodes().OfType<InterfaceDeclarationSyntax>().Select(i => i.Identifier.Text);

    /// <summary>Every identifier, names in documentation excepted.</summary>
    public IEnumerable<string> Identifiers => _root.DescendantTokens().Where(t => t.IsKind(SyntaxKind.IdentifierToken)).Select(t => t.Text);

    /// <summary>
    /// Every qualified name from its first word, in using directives and elsewhere: <c>Clawdbot.Gateway.Health.X</c>, and
    /// <c>Health.X</c> too, because inside of <c>Clawdbot.Gateway.*</c> that is the same.
    /// </summary>
    public IEnumerable<string> QualifiedNames => _root.DescendantNodes()
        .Where(n => n is QualifiedNameSyntax { Parent: not QualifiedNameSyntax }
            or MemberAccessExpressionSyntax { Parent: not MemberAccessExpressionSyntax })
        .Where(n => !n.Ancestors().Any(a => a is BaseNamespaceDeclarationSyntax declared && declared.Name.Span.Contains(n.Span)))
        .Select(n => n.ToString());

    /// <summary>
    /// Each function with its name and its lines, from the signature to the end; attributes and comments above don't count.
    /// </summary>
    public IEnumerable<(string Name, int Lines)> Functions =>
    [
        .. _root.DescendantNodes().Where(n => n is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax
                or AccessorDeclarationSyntax { Body: not null } or AccessorDeclarationSyntax { ExpressionBody: not null }
                or PropertyDeclarationSyntax { ExpressionBody: not null })
            .Select(n => ($"{Path}: {Name(n)}", LinesFrom(First(n), n.GetLastToken()))),
        .. _root.ChildNodes().OfType<GlobalStatementSyntax>().ToList() is [var first, .., var last]
            ? (IEnumerable<(string, int)>)[($"{Path}: top-level statements", LinesFrom(first.GetFirstToken(), last.GetLastToken()))]
            : [],
    ];

    private static string Name(SyntaxNode function) => function switch
    {
        MethodDeclarationSyntax method => method.Identifier.Text,
        ConstructorDeclarationSyntax constructor => constructor.Identifier.Text,
        LocalFunctionStatementSyntax local => local.Identifier.Text,
        PropertyDeclarationSyntax property => property.Identifier.Text,
        _ => function.Kind().ToString(),
    };

    private static SyntaxToken First(SyntaxNode function) =>
        function.ChildNodesAndTokens().First(c => !c.IsKind(SyntaxKind.AttributeList)) is var child && child.IsToken
            ? child.AsToken()
            : child.AsNode()!.GetFirstToken();

    private static int LinesFrom(SyntaxToken first, SyntaxToken last) =>
        last.GetLocation().GetLineSpan().EndLinePosition.Line - first.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
}
