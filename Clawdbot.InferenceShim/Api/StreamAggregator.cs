using System.Runtime.CompilerServices;
using System.Text;
using Clawdbot.InferenceShim.Engines;

namespace Clawdbot.InferenceShim.Api;

/// <summary>
/// Puts an answer for a client that does not stream into fewer steps: tokens travel together, and what is not plain text travels once and
/// whole. The gateway collects it anyway, and an event for each token would cost more than all the rest of a short answer.
/// </summary>
internal sealed class StreamAggregator(ApiOptions options, TimeProvider time)
{
    private static readonly byte[] Begun = "{}"u8.ToArray();

    private readonly SortedDictionary<int, Held> _held = [];
    private readonly Dictionary<int, AggregatedChoice> _aggregated = [];
    private int _count;

    /// <summary>The same answer in fewer steps. However it ends, no call of <paramref name="steps"/> is running then.</summary>
    public async IAsyncEnumerable<EngineEvent> AggregateAsync(
        IAsyncEnumerator<EngineEvent> steps, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var next = steps.MoveNextAsync().AsTask();
        var due = Task.CompletedTask;
        try
        {
            while (true)
            {
                if (_count >= options.FoldTokens || (_count > 0 && (due.IsCompleted || await Task.WhenAny(next, due) == due)))
                {
                    foreach (var index in _held.Keys.ToList())
                        yield return Release(index)!;
                }
                if (!await next)
                    break;
                var isFirst = _count == 0;
                foreach (var step in Take(steps.Current))
                    yield return step;
                if (isFirst && _count > 0)
                    due = Task.Delay(TimeSpan.FromMilliseconds(options.FoldMilliseconds), time, cancellation);
                next = steps.MoveNextAsync().AsTask();
            }
        }
        finally
        {
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private IEnumerable<EngineEvent> Take(EngineEvent step)
    {
        switch (step)
        {
            case EngineTokens tokens:
                Hold(tokens);
                break;
            case EnginePiece piece:
                if (!_aggregated.TryGetValue(piece.Index, out var aggregated))
                {
                    aggregated = _aggregated[piece.Index] = new AggregatedChoice();
                    yield return new EnginePiece(piece.Index, Begun) { Count = 0 };
                }
                if (aggregated.Add(piece.Choice) is { Length: > 0 } text)
                    Hold(new EngineTokens(piece.Index, text, []) { Count = piece.Count });
                else
                    aggregated.Tokens += piece.Count;
                break;
            case EngineComment:
                yield return step;
                break;
            case EngineFinished finished:
                if (Release(finished.Index) is { } last)
                    yield return last;
                if (_aggregated.TryGetValue(finished.Index, out var whole))
                    yield return new EnginePiece(finished.Index, whole.ToJson()) { Count = whole.Tokens };
                yield return finished;
                break;
        }
    }

    private void Hold(EngineTokens tokens)
    {
        if (!_held.TryGetValue(tokens.Index, out var held))
            held = _held[tokens.Index] = new Held();
        held.Text.Append(tokens.Text);
        held.Ids.AddRange(tokens.Ids);
        held.Count += tokens.Count;
        _count += tokens.Count;
    }

    private EngineTokens? Release(int index)
    {
        if (!_held.Remove(index, out var held))
            return null;
        _count -= held.Count;
        return new EngineTokens(index, held.Text.ToString(), held.Ids) { Count = held.Count };
    }

    private sealed class Held
    {
        public StringBuilder Text { get; } = new();

        public List<int> Ids { get; } = [];

        public int Count { get; set; }
    }
}
