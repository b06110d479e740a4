using Clawdbot.Testing.Processes;
using System.Text.Json;
using Clawdbot.Tests.Processes;

namespace Clawdbot.Tests.Deploy;

/// <summary>One query of one panel.</summary>
internal sealed record PanelQuery(string Panel, string Expr, string Legend, string DataSource);

/// <summary>Where a panel lies.</summary>
internal sealed record PanelPlace(int Id, string Title, string Type, string Description, int X, int Y, int Width, int Height)
{
    public bool Overlaps(PanelPlace other) =>
        X < other.X + other.Width && other.X < X + Width && Y < other.Y + other.Height && other.Y < Y + Height;
}

/// <summary>The dashboard, as Grafana would read it.</summary>
internal sealed class Dashboard
{
    private readonly JsonElement _root;

    private Dashboard(JsonElement root) => _root = root;

    public static string Folder { get; } = Path.Combine(Repository.Root, "deploy", "grafana");

    public string Uid => _root.GetProperty("uid").GetString()!;

    public int SchemaVersion => _root.GetProperty("schemaVersion").GetInt32();

    public IReadOnlyList<JsonElement> Panels => [.. _root.GetProperty("panels").EnumerateArray()];

    public IReadOnlyList<string> Variables => [.. _root.GetProperty("templating").GetProperty("list").EnumerateArray().Select(v => v.GetProperty("name").GetString()!)];

    public IReadOnlyList<PanelPlace> Places => [.. Panels.Select(p => Place(p, p.GetProperty("gridPos")))];

    public IReadOnlyList<PanelQuery> Targets =>
    [
        .. from panel in Panels
           where panel.TryGetProperty("targets", out _)
           from target in panel.GetProperty("targets").EnumerateArray()
           select new PanelQuery(panel.GetProperty("title").GetString()!, target.GetProperty("expr").GetString()!,
               target.GetProperty("legendFormat").GetString()!, target.GetProperty("datasource").GetProperty("uid").GetString()!),
    ];

    public static Dashboard Load() => new(JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "dashboards", "clawdbot.json"))).RootElement);

    private static PanelPlace Place(JsonElement panel, JsonElement grid) => new(
        panel.GetProperty("id").GetInt32(), panel.GetProperty("title").GetString()!, panel.GetProperty("type").GetString()!,
        panel.TryGetProperty("description", out var description) ? description.GetString()! : "",
        grid.GetProperty("x").GetInt32(), grid.GetProperty("y").GetInt32(), grid.GetProperty("w").GetInt32(), grid.GetProperty("h").GetInt32());
}
