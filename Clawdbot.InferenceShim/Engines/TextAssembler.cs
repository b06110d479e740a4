using System.Runtime.InteropServices;
using System.Text;

namespace Clawdbot.InferenceShim.Engines;

/// <summary>
/// Turns a choice's tokens into the text that a client may see: whole characters only, and nothing that may still become
/// a stop string.
/// </summary>
/// <remarks>
/// What is visible after a token is a function of the tokens so far and of nothing else. A continuation pushes the given
/// tokens first and is then in the same state as the first engine was when it was cut.
/// </remarks>
internal sealed class TextAssembler(IReadOnlyList<string> stops)
{
    private readonly byte[][] _stops = [.. stops.Select(Encoding.UTF8.GetBytes)];
    private readonly List<byte> _held = [];

    /// <summary>Whether a stop string was met; further tokens are ignored.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Adds a token and returns what became visible by it.</summary>
    public string Push(ReadOnlySpan<byte> token)
    {
        if (Stopped)
            return "";
        _held.AddRange(token);
        var held = CollectionsMarshal.AsSpan(_held);
        var stop = FirstStop(held);
        Stopped = stop >= 0;
        return Release(Stopped ? stop : WholeCharacters(held[..HoldFrom(held)]));
    }

    /// <summary>Ends the text and returns what was held back as a possible stop string. Half a character is dropped.</summary>
    public string Flush() =>
        Stopped ? "" : Release(WholeCharacters(CollectionsMarshal.AsSpan(_held)));

    private string Release(int count)
    {
        var text = Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(_held)[..count]);
        _held.RemoveRange(0, count);
        return text;
    }

    private int FirstStop(ReadOnlySpan<byte> held)
    {
        var first = -1;
        foreach (var stop in _stops)
        {
            var at = held.IndexOf(stop);
            if (at >= 0 && (first < 0 || at < first))
                first = at;
        }
        return first;
    }

    /// <summary>Where the longest end of <paramref name="held"/> begins that is the beginning of a stop string.</summary>
    private int HoldFrom(ReadOnlySpan<byte> held)
    {
        for (var from = 0; from < held.Length; from++)
        {
            foreach (var stop in _stops)
            {
                if (stop.AsSpan().StartsWith(held[from..]))
                    return from;
            }
        }
        return held.Length;
    }

    private static int WholeCharacters(ReadOnlySpan<byte> bytes)
    {
        var last = bytes.Length - 1;
        while (last >= 0 && (bytes[last] & 0xC0) == 0x80)
            last--;
        if (last < 0)
            return 0;
        var needed = bytes[last] switch { < 0x80 => 1, < 0xE0 => 2, < 0xF0 => 3, _ => 4 };
        return bytes.Length - last >= needed ? bytes.Length : last;
    }
}
