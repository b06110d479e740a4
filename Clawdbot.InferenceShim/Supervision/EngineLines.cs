using System.Text;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>
/// Makes lines of what an engine writes: bounded, so that one without an end costs nothing; control characters taken out, so that none
/// forges another line; progress bars, which only return the carriage, are lines too.
/// </summary>
internal sealed class EngineLines
{
    /// <summary>What is longer is cut.</summary>
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

    /// <summary>What is left at the end; null when nothing is.</summary>
    public string? End()
    {
        var line = _line.ToString().Trim();
        _line.Clear();
        return line.Length > 0 ? line : null;
    }
}
