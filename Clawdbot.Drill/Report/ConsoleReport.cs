using Spectre.Console;

namespace Clawdbot.Drill.Report;

/// <summary>Writes the report to a terminal.</summary>
internal static class ConsoleReport
{
    private const int MostFailures = 4;
    private const double LongEnoughForTrends = 30_000;

    public static void Write(DrillResult result, IReadOnlyList<Figures> runs, IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("");
        foreach (var run in runs)
            table.AddColumn(new TableColumn(new Text(run.Run.Contender, new Style(decoration: Decoration.Bold))).RightAligned());
        foreach (var (name, value) in Words.Rows)
            table.AddRow([new Text(name), .. runs.Select(r => new Text(value(r), Colour(name, r)))]);
        console.Write(table);

        foreach (var run in runs)
        {
            foreach (var (verdict, count, example) in Words.Failures(run.Run).Take(MostFailures))
                console.MarkupLineInterpolated($"[red]{run.Run.Contender}[/]: {count} x {verdict}: {example}");
            foreach (var (kind, count) in run.Run.Failovers)
                console.MarkupLineInterpolated($"{run.Run.Contender}: {count} failovers {kind}");
        }
        foreach (var run in runs.Where(r => r.Run.Length >= LongEnoughForTrends))
            Trends(run.Run, console);
        foreach (var objective in runs.SelectMany(r => r.Run.Objectives))
        {
            var (colour, word) = objective.Held ? ("green", "held") : ("red", "NOT HELD");
            console.Markup($"[{colour}]{word,-8}[/] ");
            console.WriteLine($"{objective.Name}: {objective.Measured} (wanted: {objective.Wanted})");
        }
        console.MarkupLine(result.Held ? "[green]Every objective held.[/]" : "[red]Not every objective held.[/]");
    }

    private static void Trends(RunResult run, IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns(TrendTable.Head);
        foreach (var row in TrendTable.Rows(run))
            table.AddRow(row);
        console.Write(table);
    }

    private static Style Colour(string row, Figures figures) => (row, figures) switch
    {
        ("failed visibly", { Failed: > 0 }) or ("wrong in silence", { Quiet: > 0 }) => new Style(Color.Red),
        ("availability", { Availability: 100 }) => new Style(Color.Green),
        _ => Style.Plain,
    };
}
