using System.Text;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>
/// Splits what an engine writes into lines. Their length is bounded, so that one without an end takes no memory; control characters become
/// spaces, so that none forges another line; a carriage return ends a line too, because progress bars use it.
/// </summary>
internal sealed class EngineLines
{
    /// <summary>Longest line, in characters; the rest of a longer one is left out.</summary>
    public const int MostCharacters = 2000;

    private readonly StringBuilder _line = new();

    /// <summary>Takes a piece and returns the lines that it completes.</summary>
    public IEnumerable<string> Take(ReadOnlyMemory<char> piece)
    {
        for (var i = 0; i < piece.Length; i++)
        {
            var c = piece.Span[i];
            if (c is '\n' or '\r')
            {
                if (End() is { } line)
                    yield return line;
            }
            else if (_line.Length < MostCharacters)
            {
                _line.Append(char.IsControl(c) ? ' ' : c);
            }
        }
    }

    /// <summary>Ends the line that is begun and returns it; null when nothing is left.</summary>
    public string? End()
    {
        var line = _line.ToString().Trim();
        _line.Clear();
        return line.Length > 0 ? line : null;
    }
}
