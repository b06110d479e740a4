using System.Security.Cryptography;
using System.Text;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.SharedStore;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Edge.Idempotency;

/// <summary>
/// The requests with a key that run here, and the answers of those that ended or run elsewhere, which are in the shared store. Where the
/// store fails, a request runs again. Thread-safe.
/// </summary>
internal sealed class KeyedRuns(ISharedStore store, IOptions<IdempotencyOptions> options, TimeProvider time)
{
    private static readonly TimeSpan ClaimLife = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly string _owner = RandomNumberGenerator.GetHexString(16);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, KeyedRun> _runs = [];

    /// <summary>Whether other gateways can see what runs here.</summary>
    public bool IsShared => store.IsShared;

    /// <summary>The name in the store for a tenant's key.</summary>
    public static string Name(string tenant, string key) => "idempotency:" + Hash($"{tenant.Length}:{tenant}{key}");

    /// <summary>Returns the run of that name, or begins it.</summary>
    /// <exception cref="ApiException">The key came with another request.</exception>
    public (KeyedRun Run, bool IsNew) Enter(string name, string fingerprint)
    {
        lock (_lock)
        {
            if (_runs.TryGetValue(name, out var known))
                return known.Fingerprint == fingerprint ? (known, false) : throw Reused();
            var run = new KeyedRun(name, fingerprint, options.Value, time);
            _runs.Add(name, run);
            return (run, true);
        }
    }

    /// <summary>
    /// The answer that was given before, here or by another gateway; waits while another gateway makes it. Null when there is none and this
    /// run has to make it.
    /// </summary>
    /// <exception cref="ApiException">The key came with another request.</exception>
    public async Task<KeptAnswer?> KeptAsync(KeyedRun run, CancellationToken client)
    {
        while (true)
        {
            if (await store.GetAsync(run.Name) is { } packed && KeptAnswer.Unpack(packed) is { } kept)
                return kept.Fingerprint == run.Fingerprint ? kept : throw Reused();
            if (!store.IsShared || await store.ClaimAsync(run.Name, _owner, ClaimLife))
                return null;
            await Task.Delay(Look, time, client);
        }
    }

    /// <summary>Renews the claim that other gateways see, until the run is over.</summary>
    public async Task HoldAsync(KeyedRun run, CancellationToken over)
    {
        while (store.IsShared && !over.IsCancellationRequested)
        {
            await Task.Delay(ClaimLife / 3, time, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!over.IsCancellationRequested)
                await store.ClaimAsync(run.Name, _owner, ClaimLife);
        }
    }

    /// <summary>Ends a run, and keeps its answer when that is whole.</summary>
    public async Task LeaveAsync(KeyedRun run)
    {
        if (run is { IsKept: false, Usage: { } usage, Recording: { Head: { } head } recording } && recording.ToArray() is { } bytes)
        {
            var answer = new KeptAnswer(run.Fingerprint, head, usage) { Bytes = bytes };
            await store.PutAsync(run.Name, answer.Pack(), TimeSpan.FromSeconds(options.Value.KeepSeconds));
        }
        lock (_lock)
            _runs.Remove(run.Name);
        run.Recording.End();
        run.Dispose();
        if (store.IsShared)
            await store.ReleaseAsync(run.Name, _owner);
    }

    private static ApiException Reused() => new(new ApiError(422, "idempotency_key_reused",
        $"This {EdgeHeaders.IdempotencyKey} came with another request before. "
        + "Send a new key for a new request, or the same request with the same key.", EdgeHeaders.IdempotencyKey));

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
