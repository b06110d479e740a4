using System.Globalization;
using System.Text;
using Clawdbot.Drill.Resources;

namespace Clawdbot.Drill.Report;

/// <summary>The table of what each process used: the means of the three thirds of a run.</summary>
internal static class TrendTable
{
    private const double MiB = 1 << 20;

    public static readonly string[] Head = ["process", "lives", "memory, MiB", "GC heap, MiB", "descriptors", "threads", "growth"];

    public static IEnumerable<string[]> Rows(RunResult run) => run.Trends.Select(t => new[]
    {
        t.Process, Words.Count(t.Lives), Words.Of(t.Memory, unit: MiB), Words.Of(t.Heap, unit: MiB),
        Words.Of(t.Descriptors), Words.Of(t.Threads),
        double.IsNaN(t.Growth) ? "–" : string.Create(CultureInfo.InvariantCulture, $"{t.Growth:0.#} %"),
    });

    /// <summary>The section of the page; empty where nothing was measured.</summary>
    public static string Html(IReadOnlyList<Figures> runs)
    {
        var section = new StringBuilder();
        foreach (var run in runs.Where(r => r.Run.Trends.Count > 0))
        {
            section.Append(CultureInfo.InvariantCulture, $"<h3>{Svg.Encode(run.Run.Contender)}</h3>"
                + $"<div class='wide'><table><thead><tr>{Cells(Head, "th")}</tr></thead><tbody>");
            foreach (var row in Rows(run.Run))
                section.Append(CultureInfo.InvariantCulture, $"<tr>{Cells(row, "td")}</tr>");
            section.Append("</tbody></table></div>");
        }
        return section.Length == 0 ? ""
            : "<section><h2>What each process held</h2><p class='keys'>Means of the three thirds of the run. "
                + "Growth is the most that memory, descriptors or threads grew from the second to the last, "
                + $"of a process that lived through.</p>{section}</section>";
    }

    private static string Cells(IEnumerable<string> cells, string tag) =>
        string.Concat(cells.Select(c => $"<{tag}>{Svg.Encode(c)}</{tag}>"));
}
