namespace Clawdbot.Gateway.Forwarding;

/// <summary>How a piece of an answer that is generated anew compares with what the client has.</summary>
internal enum Replayed
{
    /// <summary>The client has it already.</summary>
    Known,

    /// <summary>The client does not have it yet.</summary>
    New,

    /// <summary>The client has something else in its place.</summary>
    Diverged,
}

/// <summary>
/// Compares an answer that is generated anew with what the client has: what it has already is not sent again, what follows is new.
/// </summary>
internal sealed class Replay(ResponseState response)
{
    // Copied, because the response state grows meanwhile.
    private readonly int[] _known = [.. Enumerable.Range(0, response.Choices).Select(i => response.Said(i).Length)];
    private readonly int[] _matched = new int[response.Choices];
    private readonly bool[] _ended = new bool[response.Choices];

    /// <summary>Number of tokens that came anew, those included that the client has.</summary>
    public int Tokens { get; private set; }

    /// <summary>Compares text that came.</summary>
    /// <param name="index">Index of the choice.</param>
    /// <param name="tokens">Number of tokens in it.</param>
    /// <param name="text">The text, escaped as in the response state; the part that the client has is removed.</param>
    public Replayed Text(int index, int tokens, ref ReadOnlyMemory<byte> text)
    {
        if ((uint)index >= (uint)_ended.Length || _ended[index])
            return Replayed.Diverged;
        Tokens += tokens;
        var wasEmpty = text.IsEmpty;
        if (!TakeOff(index, ref text))
            return Replayed.Diverged;
        if (!text.IsEmpty)
            return response.IsOpen(index) ? Replayed.New : Replayed.Diverged;
        return wasEmpty && IsPast(index) && Tokens > response.Tokens ? Replayed.New : Replayed.Known;
    }

    /// <summary>Compares the end of a choice.</summary>
    /// <param name="index">Index of the choice.</param>
    /// <param name="reason">The finish reason.</param>
    /// <param name="text">The text that came with it; the part that the client has is removed.</param>
    public Replayed Finish(int index, string reason, ref ReadOnlyMemory<byte> text)
    {
        if ((uint)index >= (uint)_ended.Length || _ended[index] || !TakeOff(index, ref text) || !IsPast(index))
            return Replayed.Diverged;
        _ended[index] = true;
        if (response.IsOpen(index))
            return Replayed.New;
        return text.IsEmpty && response.Reason(index) == reason ? Replayed.Known : Replayed.Diverged;
    }

    /// <summary>Whether all that the client has of a choice came again.</summary>
    public bool IsPast(int index) => _matched[index] == _known[index];

    private bool TakeOff(int index, ref ReadOnlyMemory<byte> text)
    {
        var known = response.Said(index).Span[_matched[index].._known[index]];
        var common = Math.Min(known.Length, text.Length);
        if (!text.Span[..common].SequenceEqual(known[..common]))
            return false;
        _matched[index] += common;
        text = text[common..];
        return true;
    }
}
