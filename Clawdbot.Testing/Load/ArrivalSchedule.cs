namespace Clawdbot.Testing.Load;

/// <summary>
/// When requests are due: a Poisson process, or even distances. All times are drawn before the first request is sent, so that a slow
/// answer delays no other request and the figures contain every wait.
/// </summary>
internal static class ArrivalSchedule
{
    /// <summary>Due times in milliseconds from the start, ascending.</summary>
    public static IReadOnlyList<double> Draw(IEnumerable<LoadStep> steps, Random random)
    {
        var due = new List<double>();
        var (from, at) = (0.0, 0.0);
        foreach (var step in steps)
        {
            var end = from + (step.Seconds * 1000);
            at = from; // a Poisson process has no memory, so a new step begins with a new draw
            if (step.Even)
                due.AddRange(Enumerable.Range(0, (int)Math.Round(step.Rate * step.Seconds)).Select(i => from + (i * 1000 / step.Rate)));
            else
                while ((at += -Math.Log(1 - random.NextDouble()) / step.Rate * 1000) < end)
                    due.Add(at);
            from = end;
        }
        return due;
    }
}
