using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Clawdbot.Tests.Fakes;

/// <param name="Events">Whole events that still pass.</param>
/// <param name="Bytes">Bytes of the next one that pass too.</param>
/// <param name="Reset">RST instead of FIN.</param>
internal sealed record Cut(int Events, int Bytes = 0, bool Reset = false);

/// <summary>
/// Stands between gateway and shim and cuts the connection of a generation at an exact place. Each generation takes the
/// next plan of the script that all proxies of a test share; without one it passes untouched.
/// </summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private static readonly byte[] Generate = "POST /fleet/v1/generate"u8.ToArray();

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Cut> _script;
    private readonly Uri _target;
    private readonly Task _accepting;

    public CuttingProxy(Uri target, ConcurrentQueue<Cut> script)
    {
        (_target, _script) = (target, script);
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _accepting = AcceptAsync();
    }

    public Uri Address { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = CarryAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task CarryAsync(TcpClient gateway)
    {
        using var shim = new TcpClient { NoDelay = true };
        using (gateway)
        {
            try
            {
                gateway.NoDelay = true;
                await shim.ConnectAsync(_target.Host, _target.Port, _stop.Token);
                var connection = new Connection(_script);
                await Task.WhenAny(
                    PumpAsync(gateway, shim, connection.Sent),
                    PumpAsync(shim, gateway, connection.Received));
                if (connection.Plan is { Reset: true } && connection.IsCut)
                    gateway.LingerState = new LingerOption(true, 0);
            }
            catch (Exception fault) when (fault is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
            }
        }
    }

    /// <summary>Passes bytes on until <paramref name="look"/> says that fewer than there are may pass.</summary>
    private async Task PumpAsync(TcpClient from, TcpClient to, Func<ReadOnlyMemory<byte>, int> look)
    {
        var buffer = new byte[16 << 10];
        while (await from.GetStream().ReadAsync(buffer, _stop.Token) is > 0 and var read)
        {
            var pass = look(buffer.AsMemory(0, read));
            await to.GetStream().WriteAsync(buffer.AsMemory(0, pass), _stop.Token);
            if (pass < read)
                return;
        }
    }

    private sealed class Connection(ConcurrentQueue<Cut> script)
    {
        private readonly List<byte> _tail = [];
        private int _events;
        private int _extra;
        private bool _newline;

        public Cut? Plan { get; private set; }

        public bool IsCut { get; private set; }

        public int Sent(ReadOnlyMemory<byte> bytes)
        {
            _tail.AddRange(bytes.Span);
            if (System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_tail).IndexOf(Generate) >= 0)
            {
                (Plan, _events, _extra, _newline) = (script.TryDequeue(out var plan) ? plan : null, 0, 0, false);
                _tail.Clear();
            }
            else if (_tail.Count > 2 * Generate.Length)
            {
                _tail.RemoveRange(0, _tail.Count - Generate.Length);
            }
            return bytes.Length;
        }

        public int Received(ReadOnlyMemory<byte> bytes)
        {
            if (Plan is not { } plan)
                return bytes.Length;
            for (var i = 0; i < bytes.Length; i++)
            {
                if (_events == plan.Events && IsPast(plan, bytes.Span[i]))
                {
                    IsCut = true;
                    return i;
                }
                var newline = bytes.Span[i] == '\n';
                if (newline && _newline)
                    _events++;
                _newline = newline;
            }
            return bytes.Length;
        }

        /// <summary>Bytes between two events are the transfer coding's, not the next event's; its first byte is an 'e'.</summary>
        private bool IsPast(Cut plan, byte next)
        {
            if (_extra == 0 && plan.Events > 0 && next is (byte)'\r' or (byte)'\n')
                return false;
            return _extra++ >= plan.Bytes;
        }
    }
}
