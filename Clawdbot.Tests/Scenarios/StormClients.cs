using System.Collections.Concurrent;
using Clawdbot.Testing.Load;

namespace Clawdbot.Tests.Scenarios;

/// <summary>
/// Clients that ask without pause while something is killed or stopped, and hold every answer against the undisturbed one.
/// </summary>
/// <param name="chat">What they ask.</param>
/// <param name="questions">Asked in turn.</param>
/// <param name="clients">Requests at once.</param>
/// <param name="mayDiffer">
/// Whether an answer may have other words, if it is as long: an engine's numbers depend on what else it computes.
/// </param>
internal sealed class StormClients(ChatClient chat, IReadOnlyList<Question> questions, int clients, bool mayDiffer = false)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ConcurrentBag<ObservedAnswer> _answers = [];
    private readonly ConcurrentBag<string> _failures = [];
    private volatile bool _over;
    private ExpectedAnswers _key = null!;
    private Checker _checker = null!;
    private int _differing;

    /// <summary>The answers so far.</summary>
    public IReadOnlyCollection<ObservedAnswer> Answers => _answers;

    /// <summary>Number of answers that a client can tell from the undisturbed one.</summary>
    public int Failures => _failures.Count;

    /// <summary>Number of answers that are whole and as long as the undisturbed one, and have other words.</summary>
    public int Differing => _differing;

    /// <summary>Milliseconds of silence at each failover, shortest first.</summary>
    public IReadOnlyList<double> Silences => [.. _answers.SelectMany(a => a.Silences).Order()];

    /// <summary>Fails when a client noticed anything.</summary>
    public void Unnoticed() => Assert.True(_failures.IsEmpty, string.Join("; ", _failures));

    /// <summary>Asks each question undisturbed, then lets the clients loose and runs <paramref name="fault"/> until it ends.</summary>
    /// <param name="shortest">Tokens that each answer must have, or it would hardly be hit.</param>
    /// <param name="fault">What is done meanwhile.</param>
    public async Task RunAsync(int shortest, Func<Task> fault)
    {
        _key = await ExpectedAnswers.LearnAsync(chat, questions, CancellationToken.None);
        Assert.True(_key.IsComplete);
        Assert.All(questions, q =>
            Assert.True(_key[q]!.CompletionTokens >= shortest, $"{_key[q]!.CompletionTokens} tokens are too few to be hit"));
        _checker = new Checker(_key);
        var asking = Enumerable.Range(0, clients).Select(ClientAsync).ToList();
        try
        {
            await fault();
        }
        finally
        {
            _over = true;
            await Task.WhenAll(asking);
        }
    }

    private async Task ClientAsync(int number)
    {
        for (var i = number; !_over; i++)
        {
            var question = questions[i % questions.Count];
            var seen = await LoadRun.SeeAsync(chat, question, Patience, TimeProvider.System);
            _answers.Add(seen);
            var (verdict, detail) = _checker.Judge(question, seen);
            if (verdict == Verdict.Altered && mayDiffer && IsAsLong(seen, _key[question]!))
                Interlocked.Increment(ref _differing);
            else if (verdict != Verdict.Right)
                _failures.Add($"{question.Name}: {verdict}: {detail} ({seen.Attempts} attempts: {string.Join(", ", seen.Kinds)})");
        }
    }

    private static bool IsAsLong(ObservedAnswer seen, ObservedAnswer known) => seen is { Whole: true, ErrorCode: null, Ids: 1 }
        && (seen.Finish, seen.PromptTokens, seen.CompletionTokens, seen.RoleDeltas)
            == (known.Finish, known.PromptTokens, known.CompletionTokens, known.RoleDeltas);
}
