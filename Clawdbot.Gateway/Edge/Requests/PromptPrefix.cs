using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Edge.Requests;

/// <summary>
/// A number for the beginning of a conversation: its instructions and its first user message. A later request of the conversation finds
/// this beginning in the cache of the replica that was asked before. It is taken from the raw bytes, which a client repeats unchanged.
/// </summary>
internal sealed class PromptPrefix
{
    /// <summary>Least bytes of text for which there is a number: reading less again costs less than a busier replica.</summary>
    public const int Enough = 1024;

    /// <summary>Bytes of each message that count; its beginning is enough to tell it from others.</summary>
    private const int MostOfMessage = 2048;

    /// <summary>Pictures of up to so many bytes count whole, larger ones in parts.</summary>
    private const int WholePicture = 16 << 10;

    private const int Edges = 4 << 10;
    private const int Pieces = 64;
    private const int Piece = 64;

    private ulong _number = Fingerprint.Start;
    private bool _isOver;
    private int _ofMessage;
    private long _bytes;

    /// <summary>The number; null for a conversation that is short.</summary>
    public ulong? Key => _bytes >= Enough ? _number : null;

    /// <summary>Adds a text of the current message.</summary>
    public void Text(ReadOnlySpan<byte> text)
    {
        _bytes += text.Length;
        if (_isOver)
            return;
        var some = text[..Math.Min(text.Length, MostOfMessage - _ofMessage)];
        _ofMessage += some.Length;
        _number = Fingerprint.Add(_number, some);
    }

    /// <summary>Ends the current message, which has this role.</summary>
    public void MessageEnds(string role)
    {
        _ofMessage = 0;
        _isOver |= role == "user"; // what follows differs between the requests of a conversation
    }

    /// <summary>
    /// The number of a picture, by what follows the data URI's comma. Parts of a large one are enough: two pictures that are equal in these
    /// parts only share a replica, and whatever keeps a request from a replica uses the hash of the whole picture.
    /// </summary>
    public static ulong OfPicture(ReadOnlySpan<byte> url)
    {
        var data = url[(url.IndexOf((byte)',') + 1)..];
        if (data.Length <= WholePicture)
            return Fingerprint.Add(Fingerprint.Start, data);
        var number = Fingerprint.Add(Fingerprint.Start + (ulong)data.Length, data[..Edges]);
        var inner = data[Edges..^Edges];
        for (var i = 0; i < Pieces; i++)
            number = Fingerprint.Add(number, inner.Slice((int)((long)(inner.Length - Piece) * i / (Pieces - 1)), Piece));
        return Fingerprint.Add(number, data[^Edges..]);
    }
}
