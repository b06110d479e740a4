using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Clawdbot.Tests.Rules.Configuration;

/// <summary>The doc comments of the product's types and members, as Markdown.</summary>
internal static partial class DocComments
{
    private static readonly Dictionary<string, XElement> Comments = Read();

    /// <summary>Summary of a type, or of a type's property, constructor parameter or enum value; empty where there is none.</summary>
    /// <param name="type">The type.</param>
    /// <param name="member">Name of the member; null for the type itself.</param>
    /// <param name="key">What a name in the comment is called in the document.</param>
    public static string Summary(Type type, string? member, Func<string, string> key)
    {
        var comment = Comments.GetValueOrDefault(member is null ? type.FullName! : $"{type.FullName}.{member}");
        return comment is null ? "" : Spaces().Replace(string.Concat(comment.Nodes().Select(n => Markdown(n, key))), " ").Trim();
    }

    private static string Markdown(XNode node, Func<string, string> key) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "see" } see when see.Attribute("cref") is { } name => $"`{key(name.Value)}`",
        XElement { Name.LocalName: "paramref" } parameter => $"`{key(parameter.Attribute("name")!.Value)}`",
        _ => throw new NotSupportedException($"A doc comment of a setting has {node}, which the document can't show."),
    };

    private static Dictionary<string, XElement> Read()
    {
        var comments = new Dictionary<string, XElement>();
        foreach (var (file, type) in SourceFile.All.SelectMany(f => f.Types.Select(t => (f, t))))
        {
            var name = $"{file.Namespace}.{type.Identifier.Text}";
            var own = Comment(type);
            Add(name, own?.Element("summary"));
            foreach (var parameter in own?.Elements("param") ?? [])
                Add($"{name}.{parameter.Attribute("name")!.Value}", parameter);
            foreach (var member in type.ChildNodes())
            {
                if (member is PropertyDeclarationSyntax { Identifier.Text: var property })
                    Add($"{name}.{property}", Comment(member)?.Element("summary"));
                else if (member is EnumMemberDeclarationSyntax { Identifier.Text: var value })
                    Add($"{name}.{value}", Comment(member)?.Element("summary"));
            }
        }
        return comments;

        void Add(string name, XElement? comment)
        {
            if (comment is not null)
                comments.TryAdd(name, comment);
        }
    }

    private static XElement? Comment(SyntaxNode declared)
    {
        var comment = declared.GetLeadingTrivia().FirstOrDefault(t => t.IsKind(SyntaxKind.SingleLineDocumentationCommentTrivia));
        return comment.HasStructure
            ? XElement.Parse($"<doc>{Slashes().Replace(comment.ToFullString(), "")}</doc>", LoadOptions.PreserveWhitespace)
            : null;
    }

    [GeneratedRegex(@"^\s*/// ?", RegexOptions.Multiline)]
    private static partial Regex Slashes();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
