using System.Globalization;
using Clawdbot.Drill.Contenders;
using Clawdbot.Drill.Faults;
using Clawdbot.Testing.Load;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Clawdbot.Drill.Report;

/// <summary>Shows a drill while it runs; where the output is no terminal, one line every five seconds.</summary>
/// <param name="seconds">How long a contender is under load.</param>
/// <param name="console">The console that shows it.</param>
/// <param name="time">The clock.</param>
internal sealed class LiveView(double seconds, IAnsiConsole console, TimeProvider time)
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Line = TimeSpan.FromSeconds(5);

    /// <summary>Shows until cancelled.</summary>
    public async Task ShowAsync(Contender contender, LoadRun load, FaultSchedule faults, CancellationToken end)
    {
        var start = time.GetTimestamp();
        if (!console.Profile.Capabilities.Interactive || !console.Profile.Capabilities.Ansi)
        {
            while (await PauseAsync(Line, end))
                console.WriteLine($"{contender.Name}: {Progress(load, faults, time.GetElapsedTime(start).TotalSeconds)}");
            return;
        }
        await console.Live(new Text("")).StartAsync(async live =>
        {
            do
                live.UpdateTarget(Draw(contender, load, faults, time.GetElapsedTime(start).TotalSeconds));
            while (await PauseAsync(Refresh, end));
        });
    }

    private async Task<bool> PauseAsync(TimeSpan pause, CancellationToken end)
    {
        await Task.Delay(pause, time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !end.IsCancellationRequested;
    }

    private string Progress(LoadRun load, FaultSchedule faults, double elapsed)
    {
        var samples = load.Samples.ToList();
        var right = samples.Count(s => s.Verdict == Verdict.Right);
        var refused = samples.Count(s => s.Verdict == Verdict.Refused);
        var quiet = samples.Count(s => s.Verdict.IsQuiet());
        return string.Create(CultureInfo.InvariantCulture,
            $"{Math.Min(elapsed, seconds):0} of {seconds:0} s, {load.Sent} asked, {load.InFlight} under way, {right} right, "
            + $"{refused} refused, {samples.Count - right - refused - quiet} failed, {quiet} wrong in silence, "
            + $"{faults.Marks.Count} faults");
    }

    private Rows Draw(Contender contender, LoadRun load, FaultSchedule faults, double elapsed)
    {
        var share = Math.Min(1, elapsed / seconds);
        var recent = new Percentiles(load.Samples.Where(s => s.Due > (elapsed - 5) * 1000).Select(s => s.FirstToken).OfType<double>());
        var replicas = new Table().Border(TableBorder.Simple).AddColumns("process", "state");
        foreach (var process in contender.Gateways.Concat(contender.Replicas))
            replicas.AddRow(new Text(process.Name), new Text(process.State, new Style(process.IsUp ? Color.Green : Color.Red)));
        var bar = $"[green]{new string('━', (int)(share * 40))}[/][grey]{new string('━', 40 - (int)(share * 40))}[/]";
        var lines = new List<IRenderable>
        {
            new Markup($"[bold]{Markup.Escape(contender.Name)}[/]  {bar}"),
            new Text(Progress(load, faults, elapsed)),
            new Text($"first token of the last 5 s: P50 {Words.Milliseconds(recent.At(50))}, P99 {Words.Milliseconds(recent.At(99))}"),
            replicas,
            new Text("faults: " + string.Join(", ", faults.Marks.TakeLast(4).Select(f =>
                string.Create(CultureInfo.InvariantCulture, $"{f.Fault} {f.Target} at {f.At / 1000:0.0} s")))),
        };
        lines.AddRange(load.Samples.Where(s => s.Verdict != Verdict.Right).TakeLast(4).Select(s =>
            new Text($"{s.Verdict}: {s.Detail}", new Style(Color.Red)) { Overflow = Overflow.Ellipsis }));
        return new Rows(lines);
    }
}
