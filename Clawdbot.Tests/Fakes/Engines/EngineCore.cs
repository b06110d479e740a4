using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Clawdbot.Tests.Fakes.Engines;

/// <summary>
/// What is behind every dialect: a model that "samples" by hashing prompt, seed and position, places to run in, and counters. A token's
/// text says its position, so that text lost or repeated at a seam is seen, and its variant, so that another seed or prompt is seen.
/// </summary>
internal sealed class EngineCore
{
    private const int Variants = 16;
    private const string Letters = "甲乙丙丁戊己庚辛壬癸αβγδεζ";

    private readonly ConcurrentQueue<TaskCompletionSource> _waiting = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource _beat = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private static long _unseeded;
    private long _generated;

    /// <summary>Requests generated at once; others wait.</summary>
    public int Places { get; init; } = 8;

    /// <summary>Tokens of an answer that nobody limits.</summary>
    public int AnswerTokens { get; init; } = 12;

    /// <summary>Whether the same seed gives the same answer.</summary>
    public bool IsRepeatable { get; init; } = true;

    /// <summary>What the next generations meet, one each; without one they are well.</summary>
    public ConcurrentQueue<EngineFault> Script { get; init; } = new();

    /// <summary>What every generation meets that the script has nothing for, canaries too; null: they are well.</summary>
    public EngineFault? Always { get; set; }

    /// <summary>What every generation with pictures meets that the script has nothing for, canaries too; null: it takes pictures.</summary>
    public EngineFault? OnPictures { get; set; }

    /// <summary>Completes at the next <see cref="Beat"/>.</summary>
    public Task NextBeat => Volatile.Read(ref _beat).Task;

    /// <summary>While it is not over nothing is answered, whatever is asked, as when the process is stopped; null: it runs.</summary>
    public Task? Stopped { get; set; }

    /// <summary>The same of the numbers alone.</summary>
    public Task? NumbersStopped { get; set; }

    /// <summary>A picture that was seen once fails ever after.</summary>
    public bool PoisonsPictures { get; set; }

    /// <summary>URLs of pictures that fail.</summary>
    public ConcurrentDictionary<string, bool> Poisoned { get; } = [];

    /// <summary>Prompt tokens worked off, as its numbers tell them.</summary>
    public long PromptTokens { get; set; }

    /// <summary>Preemptions, as its numbers tell them.</summary>
    public long Preemptions { get; set; }

    /// <summary>Requests that wait for something else than room.</summary>
    public int Deferred { get; set; }

    /// <summary>Bodies of the generations asked for, oldest first.</summary>
    public ConcurrentQueue<string> Bodies { get; } = new();

    /// <summary>Awaited before each token: a test's hand on the pace. (token's position)</summary>
    public Func<int, Task> TokenDelay { get; set; } = _ => Task.CompletedTask;

    public int Running { get; private set; }

    public int Waiting => _waiting.Count(w => !w.Task.IsCompleted);

    /// <summary>Tokens generated since start.</summary>
    public long Generated => Interlocked.Read(ref _generated);

    /// <summary>The token at a position; its number is its id.</summary>
    public static int Sample(string prompt, long seed, int position) =>
        position * Variants + SHA256.HashData(Encoding.UTF8.GetBytes($"{prompt}|{seed}|{position}"))[0] % Variants;

    /// <summary>A token's text, such as <c>丙7 </c>.</summary>
    public static string Text(int id) => $"{Letters[id % Variants]}{id / Variants} ";

    /// <summary>The ids of text that this model said. Throws when it did not.</summary>
    public static List<int> Tokenize(string text)
    {
        var ids = text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(w => int.Parse(w[1..], System.Globalization.CultureInfo.InvariantCulture) * Variants
                + Letters.IndexOf(w[0], StringComparison.Ordinal))
            .ToList();
        return string.Concat(ids.Select(Text)) == text ? ids : throw new FormatException($"'{text}' is not what this model says.");
    }

    /// <summary>Positions of the tokens in a text: without a seam that shows they are 0, 1, 2 ...</summary>
    public static IEnumerable<int> Positions(string text) => Tokenize(text).Select(id => id / Variants);

    /// <summary>Another each time, on whichever engine.</summary>
    public static long SeedOfOneself() => -Interlocked.Increment(ref _unseeded);

    /// <summary>The seed that a request is answered with.</summary>
    public long SeedOf(long? asked) => IsRepeatable && asked is { } seed ? seed : SeedOfOneself();

    /// <summary>Whether a request fails for one of its pictures; those that came before may have spoiled them.</summary>
    public bool IsPoisoned(JsonNode? messages)
    {
        var pictures = PicturesOf(messages);
        var isPoisoned = pictures.Any(Poisoned.ContainsKey);
        if (PoisonsPictures)
            pictures.ForEach(p => Poisoned[p] = true);
        return isPoisoned;
    }

    /// <summary>The pictures of a request's messages, in OpenAI's form or in Ollama's.</summary>
    public static List<string> PicturesOf(JsonNode? messages)
    {
        var all = (messages as JsonArray ?? []).Select(m => m!).ToList();
        return [.. all.SelectMany(m => m["content"] as JsonArray ?? []).Select(p => p!["image_url"]?["url"])
            .Concat(all.SelectMany(m => m["images"] as JsonArray ?? [])).Select(p => p?.GetValue<string>()).OfType<string>()];
    }

    /// <summary>Lets engines that send comments send one.</summary>
    public void Beat() =>
        Interlocked.Exchange(ref _beat, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    /// <summary>A token was generated.</summary>
    public void Count() => Interlocked.Increment(ref _generated);

    /// <summary>Waits for a place.</summary>
    public async Task EnterAsync(CancellationToken cancellation)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (Running < Places)
            {
                Running++;
                return;
            }
            _waiting.Enqueue(turn);
        }
        await using var left = cancellation.Register(() => turn.TrySetCanceled(cancellation));
        await turn.Task;
    }

    /// <summary>Gives it to the next one that still waits.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            while (_waiting.TryDequeue(out var next))
            {
                if (next.TrySetResult())
                    return;
            }
            Running--;
        }
    }
}
