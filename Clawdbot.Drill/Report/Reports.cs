using Clawdbot.Drill.Load;
namespace Clawdbot.Drill.Report;
internal static class Reports
{
    public static Task WriteAsync(DrillResult result, DirectoryInfo folder, CancellationToken cancellation)
    {
        foreach (var run in result.Runs)
        {
            var by = string.Join(", ", run.Samples.GroupBy(s => s.Verdict).OrderBy(g => g.Key).Select(g => $"{g.Key} {g.Count()}"));
            Console.WriteLine($"{run.Contender}: {run.Samples.Count} requests: {by}; faults {run.Faults.Count}; busy {run.MachineBusy:P0}; most {run.MostInsideSlo}");
            var sil = run.Samples.SelectMany(s => s.Silences).Order().ToList(); if (sil.Count > 0) Console.WriteLine($"   silences {sil.Count}: {sil[sil.Count / 2]:0} {sil[(int)(sil.Count * .99)]:0} {sil[^1]:0}"); Console.WriteLine($"   mean {run.Samples.Where(s => s.Verdict == Verdict.Right).Average(s => s.Total):0}");
            foreach (var f in run.Failovers) Console.WriteLine($"   {f.Key}: {f.Value}");
            foreach (var o in run.Objectives) Console.WriteLine($"   {o.Held} {o.Name}: {o.Measured} ({o.Wanted})");
            foreach (var s in run.Samples.Where(s => s.Verdict != Verdict.Right).GroupBy(s => (s.Verdict, s.Detail)).OrderByDescending(g => g.Count()).Take(8)) Console.WriteLine($"   {s.Count()} x {s.Key}");
        }
        return Task.CompletedTask;
    }
}
