using System.Text;

namespace Clawdbot.Testing.Faults;

/// <summary>One disturbed generation: finds the place in its stream at which the disturbance begins.</summary>
/// <param name="disturbance">The disturbance.</param>
/// <param name="isFleet">Whether the stream is in the fleet's dialect, else in OpenAI's.</param>
internal sealed class DisturbedStream(Disturbance disturbance, bool isFleet)
{
    private const int FloodLength = 16 << 10;

    private int _events;
    private int _extra;
    private bool _newline;
    private bool _isComment;
    private byte _last;
    private bool _isDone;
    private bool _isLate = disturbance is Disturbance.SlowStart;

    public Disturbance Disturbance => disturbance;

    /// <summary>Whether the connection is to be reset now.</summary>
    public bool IsReset => _isDone && disturbance is Disturbance.Cut { Reset: true };

    /// <summary>Whether an event without an end is being sent now.</summary>
    public bool IsFlooding => _isDone && disturbance is Disturbance.Endless;

    /// <summary>A piece of the event without an end, as a chunk of the transfer coding.</summary>
    public static ReadOnlyMemory<byte> Flood { get; } = Encoding.ASCII.GetBytes($"{FloodLength:x}\r\n{new string('x', FloodLength)}\r\n");

    /// <summary>The delay of the first byte; zero at every later call.</summary>
    public TimeSpan Lateness()
    {
        var isLate = _isLate;
        _isLate = false;
        return isLate ? ((Disturbance.SlowStart)disturbance).Delay : TimeSpan.Zero;
    }

    /// <summary>What passes instead of <paramref name="bytes"/>, and whether the connection goes on.</summary>
    public (ReadOnlyMemory<byte> Passed, bool GoesOn) Disturb(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length && !_isDone; i++)
        {
            if (disturbance is Disturbance.Cut cut && _events == cut.Events && IsPast(cut, bytes[i]))
            {
                _isDone = true;
                return (bytes[..i].ToArray(), false);
            }
            if (disturbance is Disturbance.Corrupt corrupt && _events == corrupt.Events && bytes[i] == '{')
            {
                _isDone = true;
                return ((byte[])[.. bytes[..i], (byte)'#', .. bytes[(i + 1)..]], true);
            }
            // A chunk of the transfer coding ends behind an event, so a chunk of our own can follow.
            if (Inserted() is { } chunk && bytes[i] == '\n' && i > 1 && bytes[i - 1] == '\r' && bytes[i - 2] == '\n')
            {
                _isDone = true;
                return ((byte[])[.. bytes[..(i + 1)], .. chunk], false);
            }
            Count(bytes[i]);
        }
        return (bytes.ToArray(), true);
    }

    private byte[]? Inserted() => disturbance switch
    {
        Disturbance.ErrorEvent error when _events >= error.Events => ErrorChunk(),
        Disturbance.Endless endless when _events >= endless.Events => "5\r\ndata:\r\n"u8.ToArray(),
        _ => null,
    };

    /// <summary>Counts events; a comment, which has nothing behind its colon, is none.</summary>
    private void Count(byte next)
    {
        var newline = next == '\n';
        if (newline && _newline && !_isComment)
            _events++;
        if (newline && !_newline)
            _isComment = _last == ':';
        (_newline, _last) = (newline, next);
    }

    /// <summary>Bytes between two events are the transfer coding's, not the next event's; its first byte is an 'e' or a 'd'.</summary>
    private bool IsPast(Disturbance.Cut plan, byte next)
    {
        if (_extra == 0 && plan.Events > 0 && next is (byte)'\r' or (byte)'\n')
            return false;
        return _extra++ >= plan.Bytes;
    }

    private byte[] ErrorChunk()
    {
        var data = isFleet
            ? "event: error\ndata: {\"code\":\"engine_failed\",\"message\":\"planted\"}\n\n"
            : "data: {\"error\":{\"message\":\"planted\",\"type\":\"server_error\",\"param\":null,\"code\":\"engine_failed\"}}\n\n";
        return Encoding.ASCII.GetBytes($"{data.Length:x}\r\n{data}\r\n0\r\n\r\n");
    }
}
