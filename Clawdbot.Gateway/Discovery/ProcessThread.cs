using System.Collections.Concurrent;

namespace Clawdbot.Gateway.Discovery;

/// <summary>
/// One thread that lives as long as the gateway and starts every local replica. Linux sends a child its parent-death
/// signal when the <em>thread</em> that started it ends; on a pool thread that would be at any time.
/// </summary>
internal sealed class ProcessThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];

    public ProcessThread() =>
        new Thread(() =>
        {
            foreach (var action in _work.GetConsumingEnumerable())
                action();
        })
        { IsBackground = true, Name = "local-replicas" }.Start();

    /// <summary>Runs <paramref name="function"/> on the thread.</summary>
    public Task<T> RunAsync<T>(Func<T> function)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                result.SetResult(function());
            }
            catch (Exception fault)
            {
                result.SetException(fault);
            }
        });
        return result.Task;
    }

    /// <inheritdoc/>
    public void Dispose() => _work.CompleteAdding();
}
