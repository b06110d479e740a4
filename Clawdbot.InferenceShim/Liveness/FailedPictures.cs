using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Generation;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Liveness;

/// <summary>
/// Keeps the pictures that failed in this engine. Gateways send requests with one of them elsewhere for a while. Thread-safe.
/// </summary>
internal sealed class FailedPictures(IOptions<LivenessOptions> options, TimeProvider time)
{
    /// <summary>Most pictures kept: they travel with every status.</summary>
    private const int Most = 64;

    private readonly Lock _lock = new();
    private readonly List<(string Hash, long At)> _failed = [];
    private IReadOnlyList<string>? _hashes;

    /// <summary>Their hashes, oldest first; null when there are none.</summary>
    public IReadOnlyList<string>? Hashes
    {
        get
        {
            lock (_lock)
            {
                if (_failed.RemoveAll(f => time.GetElapsedTime(f.At).TotalSeconds >= options.Value.AvoidSeconds) > 0)
                    Show();
                return _hashes;
            }
        }
    }

    /// <summary>
    /// Takes note of a generation that the engine failed. Its pictures are suspected when it failed before the first token: by an error of
    /// the engine's own, by an answer that ended before it began, or by a death of the engine while no other client's generation ran.
    /// </summary>
    public void Failed(GenerationInFlight generation, EngineFailureException fault)
    {
        if (generation.IsCanary || generation.Tokens > 0)
            return;
        if (fault.Code != "engine_failed" && !(generation.WasAlone && fault.Code is "engine_cut" or "engine_unreachable"))
            return;
        foreach (var hash in generation.Request.Pictures.Distinct())
            Add(hash);
    }

    /// <summary>Forgets all, because another engine answers now or this one was restarted: what was cached is gone.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _failed.Clear();
            Show();
        }
    }

    private void Add(string hash)
    {
        lock (_lock)
        {
            _failed.RemoveAll(f => f.Hash == hash);
            _failed.Add((hash, time.GetTimestamp()));
            if (_failed.Count > Most)
                _failed.RemoveAt(0);
            Show();
        }
    }

    private void Show() => _hashes = _failed.Count == 0 ? null : [.. _failed.Select(f => f.Hash)];
}
