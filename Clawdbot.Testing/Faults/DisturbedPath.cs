using System.Net.Sockets;
using System.Text;

namespace Clawdbot.Testing.Faults;

/// <summary>One connection through a <see cref="FaultProxy"/>.</summary>
internal sealed class DisturbedPath(
    TcpClient client, TcpClient replica, Func<Disturbance?> next, Func<bool> isRefusing, CancellationToken stop)
{
    private static readonly byte[] Fleet = "POST /fleet/v1/generate"u8.ToArray();
    private static readonly byte[] OpenAi = "POST /v1/chat/completions"u8.ToArray();

    private readonly byte[] _tail = new byte[OpenAi.Length - 1];
    private int _tailLength;
    private volatile DisturbedStream? _stream;

    /// <summary>Passes bytes in both directions, until one side ends or the disturbance says so.</summary>
    public async Task CarryAsync(Func<FaultProxy.Armed> armed)
    {
        await Task.WhenAny(PumpAsync(client, replica, RequestAsync, armed), PumpAsync(replica, client, ResponseAsync, armed));
        if (_stream is { IsReset: true })
            client.LingerState = new LingerOption(true, 0);
    }

    private async Task PumpAsync(
        TcpClient from, TcpClient to, Func<ReadOnlyMemory<byte>, NetworkStream, ValueTask<bool>> pass, Func<FaultProxy.Armed> armed)
    {
        var buffer = new byte[16 << 10];
        while (await from.GetStream().ReadAsync(buffer, stop) is > 0 and var read)
        {
            var on = armed();
            if (on.What is Disturbance.Blackhole)
                await on.Over.Task.WaitAsync(stop);
            if (on.What is Disturbance.Latency latency)
                await Task.Delay(latency.Delay, TimeProvider.System, stop);
            if (on.What is Disturbance.Drip drip)
                await DripAsync(drip, buffer.AsMemory(0, read), to.GetStream(), pass, on);
            else if (!await pass(buffer.AsMemory(0, read), to.GetStream()))
                return;
        }
    }

    private async Task DripAsync(
        Disturbance.Drip drip, ReadOnlyMemory<byte> bytes, NetworkStream to,
        Func<ReadOnlyMemory<byte>, NetworkStream, ValueTask<bool>> pass, FaultProxy.Armed on)
    {
        var piece = Math.Max(1, drip.BytesPerSecond / 20);
        for (var from = 0; from < bytes.Length; from += piece)
        {
            if (!on.Over.Task.IsCompleted)
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, stop);
            if (!await pass(bytes.Slice(from, Math.Min(piece, bytes.Length - from)), to))
                return;
        }
    }

    private async ValueTask<bool> RequestAsync(ReadOnlyMemory<byte> bytes, NetworkStream to)
    {
        if (Begins(bytes.Span) is { } fleet)
        {
            if (isRefusing())
                return false; // on a connection from before
            _stream = next() is { } disturbance ? new DisturbedStream(disturbance, fleet) : null;
            if (_stream?.Disturbance is Disturbance.Status status)
            {
                await AnswerAsync(status);
                return false;
            }
        }
        await to.WriteAsync(bytes, stop);
        return true;
    }

    /// <summary>
    /// Whether a generation begins in these bytes, or partly in the ones before, and in which dialect: true is the fleet's, false is
    /// OpenAI's, null is none.
    /// </summary>
    private bool? Begins(ReadOnlySpan<byte> bytes)
    {
        Span<byte> seam = stackalloc byte[2 * OpenAi.Length];
        _tail.AsSpan(0, _tailLength).CopyTo(seam);
        var more = Math.Min(OpenAi.Length - 1, bytes.Length);
        bytes[..more].CopyTo(seam[_tailLength..]);
        seam = seam[..(_tailLength + more)];
        bool? found = bytes.IndexOf(Fleet) >= 0 || seam.IndexOf(Fleet) >= 0 ? true
            : bytes.IndexOf(OpenAi) >= 0 || seam.IndexOf(OpenAi) >= 0 ? false
            : null;
        // A beginning that was found must not be found again with the next bytes.
        _tailLength = found is null ? Math.Min(_tail.Length, bytes.Length) : 0;
        bytes[^_tailLength..].CopyTo(_tail);
        return found;
    }

    private async Task AnswerAsync(Disturbance.Status status)
    {
        var headers = (status.RetryAfter is { } seconds ? $"Retry-After: {seconds}\r\n" : "")
            + (status.Type is { } type ? $"Content-Type: {type}\r\n" : "");
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"HTTP/1.1 {status.Code} Disturbed\r\n{headers}Content-Length: {status.Body.Length}\r\n"
            + $"Connection: close\r\n\r\n{status.Body}"), stop);
        client.Client.Shutdown(SocketShutdown.Send);
        // What is left of the request is read, or the close would be a reset that overtakes the answer.
        var rest = new byte[16 << 10];
        while (await client.GetStream().ReadAsync(rest, stop) > 0)
        {
        }
    }

    private async ValueTask<bool> ResponseAsync(ReadOnlyMemory<byte> bytes, NetworkStream to)
    {
        if (_stream is not { } stream)
        {
            await to.WriteAsync(bytes, stop);
            return true;
        }
        if (stream.Lateness() is { Ticks: > 0 } lateness)
            await Task.Delay(lateness, TimeProvider.System, stop);
        var (passed, goesOn) = stream.Disturb(bytes.Span);
        await to.WriteAsync(passed, stop);
        while (stream.IsFlooding)
            await to.WriteAsync(DisturbedStream.Flood, stop); // until nobody wants it any more
        return goesOn;
    }
}
