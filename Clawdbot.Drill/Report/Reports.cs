using Spectre.Console;

namespace Clawdbot.Drill.Report;

/// <summary>All reports of a drill.</summary>
internal static class Reports
{
    /// <summary>Writes <c>report.html</c>, <c>report.json</c> and <c>report.junit.xml</c>, and the console's.</summary>
    public static async Task WriteAsync(DrillResult result, DirectoryInfo folder, IAnsiConsole console, CancellationToken cancellation)
    {
        var runs = result.Runs.Select(r => new Figures(r)).ToList();
        folder.Create();
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "report.html"), HtmlReport.Build(result, runs), cancellation);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "report.json"), JsonReport.Build(result, runs), cancellation);
        await using (var junit = File.Create(Path.Combine(folder.FullName, "report.junit.xml")))
            await JUnitReport.Build(result).SaveAsync(junit, System.Xml.Linq.SaveOptions.None, cancellation);
        ConsoleReport.Write(result, runs, console);
        console.WriteLine($"Report: {Path.Combine(folder.FullName, "report.html")}");
    }
}
