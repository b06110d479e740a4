using System.Collections.Concurrent;

namespace Clawdbot.Testing.Load;

/// <summary>
/// Open-loop load: each request is sent when it is due, whatever the answers to earlier ones, and all times are measured from when it was
/// due. A client that waits for each answer before it asks again would leave out the slowest requests (coordinated omission).
/// </summary>
internal sealed class LoadRun(ChatClient client, Checker checker, TimeSpan patience, TimeProvider time, string tenant = "")
{
    /// <summary>Most requests at once; more would measure this program. Further ones that are due are counted as failed.</summary>
    private const int MostInFlight = 20_000;

    private readonly ConcurrentQueue<Sample> _samples = new();
    private int _inFlight;
    private int _sent;

    /// <summary>Requests under way.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Requests that were due so far.</summary>
    public int Sent => Volatile.Read(ref _sent);

    /// <summary>The requests that have ended, in the order of their ends.</summary>
    public IReadOnlyCollection<Sample> Samples => _samples;

    /// <summary>Sends everything, and waits until the last answer ended. Cancelled, it sends no more.</summary>
    /// <param name="due">Milliseconds from now, ascending.</param>
    /// <param name="next">The question of each.</param>
    /// <param name="cancellation">Ends the run early.</param>
    public async Task RunAsync(IReadOnlyList<double> due, Func<Question> next, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        var asked = new List<Task>(due.Count);
        foreach (var at in due)
        {
            var wait = TimeSpan.FromMilliseconds(at) - time.GetElapsedTime(start);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellation.IsCancellationRequested)
                break;
            var question = next();
            Interlocked.Increment(ref _sent);
            asked.Add(Task.Run(() => AskAsync(question, at, start), CancellationToken.None));
        }
        await Task.WhenAll(asked);
    }

    private async Task AskAsync(Question question, double due, long start)
    {
        var sent = time.GetElapsedTime(start).TotalMilliseconds;
        ObservedAnswer seen;
        if (Interlocked.Increment(ref _inFlight) > MostInFlight)
            seen = new ObservedAnswer { Break = $"not sent: {MostInFlight} requests were under way" };
        else
            seen = await SeeAsync(client, question, patience, time);
        Interlocked.Decrement(ref _inFlight);
        var (verdict, detail) = checker.Judge(question, seen);
        _samples.Enqueue(new Sample
        {
            Due = due,
            Question = question.Name,
            Stream = question.Stream,
            Tenant = tenant,
            RetryAfter = seen.RetryAfter,
            Verdict = verdict,
            Detail = detail,
            Status = seen.Status,
            FirstToken = seen.FirstText is { } first ? first + (sent - due) : null,
            Total = time.GetElapsedTime(start).TotalMilliseconds - due,
            LongestGap = seen.LongestGap,
            Pieces = seen.Pieces,
            Tokens = seen.CompletionTokens ?? 0,
            Attempts = seen.Attempts,
            Silences = seen.Silences,
        });
    }

    /// <summary>Asks one question; a failure of the server is returned as an answer that broke, not thrown.</summary>
    public static async Task<ObservedAnswer> SeeAsync(ChatClient client, Question question, TimeSpan patience, TimeProvider time)
    {
        using var limit = new CancellationTokenSource(patience, time);
        try
        {
            return await client.AskAsync(question, limit.Token);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            return new ObservedAnswer { Break = (fault.InnerException ?? fault).Message };
        }
    }
}
