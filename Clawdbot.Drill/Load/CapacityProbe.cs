using Clawdbot.Testing.Load;

namespace Clawdbot.Drill.Load;

/// <summary>
/// Finds the most requests at once that are served inside the SLO: all answers right, P95 of the first token (of the whole answer,
/// where nothing is streamed) under 3 s. So many clients ask one request after the other, without faults.
/// </summary>
internal sealed class CapacityProbe(ChatClient client, Checker checker, Func<Question> next, TimeSpan patience, TimeProvider time)
{
    private const double FirstTokenLimit = 3000;
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(4);

    /// <summary>Adds a quarter to the clients again and again, from <paramref name="from"/> to the first step outside the SLO.</summary>
    /// <returns>The last step inside; 0 when there was none.</returns>
    public async Task<int> RunAsync(int from, int most, CancellationToken cancellation)
    {
        var inside = 0;
        for (var clients = from; clients <= most && !cancellation.IsCancellationRequested; clients = Math.Max(clients + 1, clients * 5 / 4))
        {
            if (!await HoldsAsync(clients, cancellation))
                break;
            inside = clients;
        }
        return inside;
    }

    private async Task<bool> HoldsAsync(int clients, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        var gate = new Lock();
        var (waits, wrong) = (new List<double>(), 0);
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async _ =>
        {
            while (time.GetElapsedTime(start) < Step && !cancellation.IsCancellationRequested)
            {
                Question question;
                lock (gate)
                    question = next();
                var sent = time.GetTimestamp();
                var seen = await LoadRun.SeeAsync(client, question, patience, time);
                lock (gate)
                {
                    waits.Add(seen.FirstText ?? time.GetElapsedTime(sent).TotalMilliseconds);
                    wrong += checker.Judge(question, seen).Verdict == Verdict.Right ? 0 : 1;
                }
            }
        }));
        waits.Sort();
        return wrong == 0 && waits[(int)(0.95 * (waits.Count - 1))] < FirstTokenLimit;
    }
}
