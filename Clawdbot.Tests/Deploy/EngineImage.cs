using System.Text.Json;
using System.Text.RegularExpressions;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>What <c>deploy/images/&lt;kind&gt;</c> holds: a Dockerfile and the settings of each card.</summary>
internal sealed partial record EngineImage(string Kind)
{
    public static readonly string[] Kinds = ["vllm", "sglang", "llamacpp", "ollama"];

    /// <summary>Memory of the cards, GB.</summary>
    public static readonly int[] Cards = [24, 48, 80];

    public string Folder => Path.Combine(Repository.Root, "deploy", "images", Kind);

    /// <summary>Each instruction with its words, of which a backslash may have made one of several lines.</summary>
    public IReadOnlyList<(string Instruction, string Words)> Instructions { get; } =
    [
        .. Continued().Replace(File.ReadAllText(Path.Combine(Repository.Root, "deploy", "images", Kind, "Dockerfile")), " ").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith('#')).Select(line => line.Split(' ', 2)).Select(parts => (parts[0], parts[1].Trim())),
    ];

    /// <summary>Variables of the image.</summary>
    public IReadOnlyDictionary<string, string> Environment => Instructions.Where(i => i.Instruction == "ENV")
        .SelectMany(i => i.Words.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(pair => pair.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);

    /// <summary>The words of the only instruction of a kind.</summary>
    public string Only(string instruction) => Assert.Single(Instructions, i => i.Instruction == instruction).Words;

    /// <summary>Settings of a card.</summary>
    public EngineCard Card(int gigabytes)
    {
        var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip };
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "cards", $"{gigabytes}.json")), options);
        var engine = document.RootElement.GetProperty("Engine");
        return new EngineCard(engine.GetProperty("Capacity").GetInt32(), engine.TryGetProperty("ContextTokens", out var context) ? context.GetInt32() : null, [.. engine.GetProperty("Command").EnumerateArray().Select(w => w.GetString()!)]);
    }

    [GeneratedRegex(@"\\\n\s*")]
    private static partial Regex Continued();
}

/// <param name="Capacity">Requests it takes at once.</param>
/// <param name="ContextTokens">Context that the shim asks for; null where the engine says its own.</param>
/// <param name="Command">Program and arguments.</param>
internal sealed record EngineCard(int Capacity, int? ContextTokens, IReadOnlyList<string> Command)
{
    /// <summary>The value behind a flag, or behind the name of a variable.</summary>
    public string this[string name] => Command.FirstOrDefault(w => w.StartsWith($"{name}=", StringComparison.Ordinal)) is { } pair
        ? pair[(name.Length + 1)..]
        : Command[Command.ToList().IndexOf(name) is >= 0 and var at ? at + 1 : throw new KeyNotFoundException(name)];

    /// <summary>The number there.</summary>
    public double Number(string name) => double.Parse(this[name], System.Globalization.CultureInfo.InvariantCulture);
}
