using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Testing.Faults;

/// <summary>
/// A proxy before one replica, at one address for its whole life, that disturbs the path: by a script, of which each generation takes the
/// next entry, or for as long as a disturbance is armed. It passes bytes; of HTTP it knows only where a generation begins and where an
/// event ends.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Disturbance> _script;
    private readonly ConcurrentDictionary<Task, bool> _open = new();
    private readonly Uri _target;
    private readonly int _port;
    private TcpListener? _listener;
    private Task _accepting = Task.CompletedTask;
    private volatile Armed _armed = new(null);

    private FaultProxy(Uri target, ConcurrentQueue<Disturbance> script, int port) => (_target, _script, _port) = (target, script, port);

    public Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}"));

    /// <param name="target">The replica; it may die and come back there.</param>
    /// <param name="script">The disturbances of the next generations, one each; several proxies may share it.</param>
    public static Task<FaultProxy> StartAsync(Uri target, ConcurrentQueue<Disturbance>? script = null)
    {
        var proxy = new FaultProxy(target, script ?? new(), FreePort.Next());
        proxy.Listen();
        return Task.FromResult(proxy);
    }

    /// <summary>Disturbs the path from now on, until <see cref="Clear"/> or the next call.</summary>
    public void Arm(Disturbance disturbance)
    {
        Clear();
        _armed = new Armed(disturbance);
        if (disturbance is Disturbance.Refuse)
            Interlocked.Exchange(ref _listener, null)?.Stop();
    }

    /// <summary>Lets everything pass again.</summary>
    public void Clear()
    {
        var before = _armed;
        _armed = new Armed(null);
        before.Over.TrySetResult();
        if (_listener is null && !_stop.IsCancellationRequested)
            Listen();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Interlocked.Exchange(ref _listener, null)?.Stop();
        await _accepting;
        await Task.WhenAll(_open.Keys);
        _stop.Dispose();
    }

    private void Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, _port);
        listener.Start(1024);
        _listener = listener;
        _accepting = Task.WhenAll(_accepting, AcceptAsync(listener));
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(_stop.Token);
                var carried = CarryAsync(client);
                _open[carried] = true;
                _ = carried.ContinueWith(done => _open.TryRemove(done, out _), TaskScheduler.Default);
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // It was stopped, or refuses. A listener stopped between two clients throws InvalidOperationException at the next accept.
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using var replica = new TcpClient { NoDelay = true };
        using (client)
        {
            try
            {
                client.NoDelay = true;
                await replica.ConnectAsync(_target.Host, _target.Port, _stop.Token);
                var path = new DisturbedPath(client, replica, Next, () => _armed.What is Disturbance.Refuse, _stop.Token);
                await path.CarryAsync(() => _armed);
            }
            catch (Exception fault) when (fault is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The replica is down, or one side hung up: disposing of both clients tells the other side.
            }
        }
    }

    /// <summary>The disturbance of the generation that begins now; null for none.</summary>
    private Disturbance? Next() => _script.TryDequeue(out var scripted) ? scripted
        : _armed.What is { IsForGenerations: true } armed ? armed
        : null;

    /// <summary>The armed disturbance, and a task that completes when it is cleared.</summary>
    internal sealed record Armed(Disturbance? What)
    {
        public TaskCompletionSource Over { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
