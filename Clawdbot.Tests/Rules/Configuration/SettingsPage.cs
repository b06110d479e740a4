using System.Reflection;
using System.Text;
using Clawdbot.AppHost;
using Clawdbot.Gateway.Edge;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Tests.Rules.Configuration;

/// <summary>What docs/configuration.md says of each section and each setting.</summary>
internal static class SettingsPage
{
    /// <summary>Each program with its sections.</summary>
    public static IReadOnlyList<(string Program, IReadOnlyList<SettingSection> Sections)> Programs { get; } =
    [
        Program("Gateway", typeof(EdgeOptions).Assembly),
        Program("Shim", typeof(EngineOptions).Assembly),
        Program("Gateway and shim", typeof(FleetOptions).Assembly),
        Program("Application host", typeof(PortOptions).Assembly),
    ];

    /// <summary>All settings of all programs.</summary>
    public static IEnumerable<Setting> Settings => Programs.SelectMany(p => p.Sections).SelectMany(s => s.Settings);

    /// <summary>The page's generated part.</summary>
    public static string Write()
    {
        var page = new StringBuilder("| program | sections |\n|---|---|\n");
        foreach (var (program, sections) in Programs)
            page.Append($"| {program} | {string.Join(", ", sections.Select(s => $"[{s.Name}](#{Anchor(s.Name)})"))} |\n");
        foreach (var (program, sections) in Programs)
        {
            page.Append($"\n## {program}\n");
            foreach (var section in sections)
                Write(page, section);
        }
        return page.Append('\n').ToString();
    }

    private static void Write(StringBuilder page, SettingSection section)
    {
        page.Append($"\n### {section.Name}\n\n{section.Summary}\n\n");
        page.Append("| setting | type and range | default | what it is |\n|---|---|---|---|\n");
        foreach (var setting in section.Settings)
            page.Append($"| `{setting.Key}` | {Cell(setting.Values)} | {Cell(setting.Default)} | {Cell(setting.Summary)} |\n");
        foreach (var (setting, type) in section.Settings.Where(s => s.Enum is not null).Select(s => (s, s.Enum!)))
        {
            page.Append($"\nValues of `{setting.Key}`:\n\n");
            foreach (var value in type.GetEnumNames())
                page.Append($"- `{value}`: {DocComments.Summary(type, value, name => name)}\n");
        }
    }

    /// <summary>As GitHub makes it from a heading.</summary>
    private static string Anchor(string heading) => heading.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant();

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static (string, IReadOnlyList<SettingSection>) Program(string name, Assembly assembly) => (name, SettingSection.Of(assembly));
}
