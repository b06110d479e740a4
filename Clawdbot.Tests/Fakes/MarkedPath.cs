using System.Net;
using System.Net.Sockets;

namespace Clawdbot.Tests.Fakes;

/// <summary>The way from a gateway to a shim, byte by byte; whoever sends the marker over it sets something off.</summary>
internal sealed class MarkedPath : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Uri _target;
    private readonly byte[] _marker;
    private readonly Action _seen;
    private readonly Task _accepting;

    /// <param name="target">The shim.</param>
    /// <param name="marker">Bytes of a request.</param>
    /// <param name="seen">Called when they have passed.</param>
    public MarkedPath(Uri target, byte[] marker, Action seen)
    {
        (_target, _marker, _seen) = (target, marker, seen);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = CarryAsync(await _listener.AcceptTcpClientAsync(_end.Token));
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using var there = new TcpClient();
        try
        {
            using (client)
            {
                await there.ConnectAsync(_target.Host, _target.Port, _end.Token);
                await Task.WhenAny(CopyAsync(client.GetStream(), there.GetStream(), isRequest: true),
                    CopyAsync(there.GetStream(), client.GetStream(), isRequest: false));
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or SocketException)
        {
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, bool isRequest)
    {
        var buffer = new byte[64 << 10];
        int read;
        while ((read = await from.ReadAsync(buffer, _end.Token)) > 0)
        {
            await to.WriteAsync(buffer.AsMemory(0, read), _end.Token);
            if (isRequest && buffer.AsSpan(0, read).IndexOf(_marker) >= 0)
                _seen();
        }
    }
}
