using Clawdbot.ServiceDefaults.Wire;
using StackExchange.Redis;

namespace Clawdbot.Gateway.SharedStore;

/// <summary>
/// Uses the shared store while it answers in time, and otherwise this process's own store. Without a connection, and after 3 timeouts in a
/// row, the shared store is not asked until it answers a probe in the background.
/// </summary>
internal sealed partial class FailOpenStore : ISharedStore, IDisposable
{
    private const int TimeoutsInARow = 3;
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(500);

    private readonly ISharedStore _shared;
    private readonly ISharedStore _own;
    private readonly TimeSpan _limit;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private int _failures;
    private int _isOut;
    private int _isDisposed;
    private long _fallbacks;

    /// <param name="shared">The shared store, which may throw or take long.</param>
    /// <param name="own">The store in this process, which never fails.</param>
    /// <param name="limit">Longest time for an answer.</param>
    /// <param name="log">Logs when the shared store fails and when it is back.</param>
    /// <param name="time">The clock.</param>
    public FailOpenStore(ISharedStore shared, ISharedStore own, TimeSpan limit, ILogger<FailOpenStore> log, TimeProvider time)
    {
        (_shared, _own, _limit, _log, _time) = (shared, own, limit, log, time);
        _isOut = 1; // until the first probe is answered
        _ = ReturnAsync();
    }

    /// <inheritdoc/>
    public bool IsShared => Volatile.Read(ref _isOut) == 0;

    /// <summary>Number of questions that this process answered itself since its start, because the shared store did not.</summary>
    public long Fallbacks => Interlocked.Read(ref _fallbacks);

    /// <inheritdoc/>
    public ValueTask<WindowCount?> AddAsync(string counter, long amount, TimeSpan window) =>
        AskAsync(store => store.AddAsync(counter, amount, window));

    /// <inheritdoc/>
    public ValueTask<long?> HoldAsync(string name, Holding holding, int limit, TimeSpan life) =>
        AskAsync(store => store.HoldAsync(name, holding, limit, life));

    /// <inheritdoc/>
    public ValueTask<byte[]?> GetAsync(string key) => AskAsync(store => store.GetAsync(key));

    /// <inheritdoc/>
    public ValueTask<bool> PutAsync(string key, byte[] value, TimeSpan life) => AskAsync(store => store.PutAsync(key, value, life));

    /// <inheritdoc/>
    public ValueTask<bool> PutIfAbsentAsync(string key, byte[] value, TimeSpan life) =>
        AskAsync(store => store.PutIfAbsentAsync(key, value, life));

    /// <inheritdoc/>
    public async ValueTask<bool?> PutForAllAsync(string key, byte[] value, TimeSpan life) =>
        (await AskSharedAsync(async store => (await store.PutForAllAsync(key, value, life)) == true)) is (true, var isKept) ? isKept : null;

    /// <inheritdoc/>
    public ValueTask<bool> ClaimAsync(string name, string owner, TimeSpan life) => AskAsync(store => store.ClaimAsync(name, owner, life));

    /// <inheritdoc/>
    public async ValueTask ReleaseAsync(string name, string owner) => await AskAsync(async store =>
    {
        await store.ReleaseAsync(name, owner);
        return true;
    });

    /// <summary>Stops asking. A second call does nothing: the container holds it under two types and disposes of it for each.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        _stop.Cancel();
        _stop.Dispose();
    }

    private async ValueTask<T> AskAsync<T>(Func<ISharedStore, ValueTask<T>> ask)
    {
        if (await AskSharedAsync(ask) is (true, var answer))
            return answer;
        Interlocked.Increment(ref _fallbacks);
        return await ask(_own);
    }

    /// <summary>Asks the shared store alone; the answer is none when it does not answer.</summary>
    private async ValueTask<(bool IsThere, T Answer)> AskSharedAsync<T>(Func<ISharedStore, ValueTask<T>> ask)
    {
        if (IsShared)
        {
            try
            {
                var answer = await ask(_shared).AsTask().WaitAsync(_limit, _time);
                Volatile.Write(ref _failures, 0);
                return (true, answer);
            }
            catch (Exception fault) when (IsOutage(fault))
            {
                var isLost = fault is not TimeoutException || Interlocked.Increment(ref _failures) >= TimeoutsInARow;
                if (isLost && Interlocked.Exchange(ref _isOut, 1) == 0)
                {
                    Lost(_log, fault.GetType().Name, fault.Message);
                    _ = ReturnAsync();
                }
            }
        }
        return default;
    }

    /// <summary>Probes the shared store until it answers. The probe writes, because a full Redis still answers reads.</summary>
    private async Task ReturnAsync()
    {
        var stop = _stop.Token;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await _shared.AddAsync("is it there?", 0, Again).AsTask().WaitAsync(_limit, _time, stop);
                Volatile.Write(ref _failures, 0);
                Volatile.Write(ref _isOut, 0);
                Back(_log);
                return;
            }
            catch (Exception fault) when (IsOutage(fault) || fault is OperationCanceledException)
            {
                await Task.Delay(Again, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static bool IsOutage(Exception fault) => fault is TimeoutException or RedisException or ObjectDisposedException or IOException;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The shared store does not answer; "
        + "gateways count by their parts of the limits until it does. {Kind}: {Fault}")]
    private static partial void Lost(ILogger logger, string kind, string fault);

    [LoggerMessage(Level = LogLevel.Information, Message = "The shared store answers; limits are counted together with other gateways")]
    private static partial void Back(ILogger logger);
}
