using System.Text.Json;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>
/// Numbers the tool calls of one choice. Clients put the pieces of a call together by its <c>index</c>; some engines send all calls with
/// the index 0, or with none, and only a new <c>id</c> tells them apart.
/// </summary>
internal sealed class ToolCallNumbers
{
    private const int Most = 1024;

    private readonly List<(string? Id, long? EngineIndex)> _calls = [];

    /// <summary>Number of calls so far.</summary>
    public int Count => _calls.Count;

    /// <summary>The index under which a piece of a call goes to the client.</summary>
    /// <exception cref="EngineFailureException">There are more calls than any answer has.</exception>
    public int Of(JsonElement piece)
    {
        var id = piece.Text("id") is { Length: > 0 } said ? said : null;
        var index = piece.Whole("index");
        var number = id is null ? -1
            : _calls.FindLastIndex(c => c.Id == id && (index is null || c.EngineIndex is null || c.EngineIndex == index));
        if (number >= 0)
            return number;
        number = index is null ? _calls.Count - 1 : _calls.FindLastIndex(c => c.EngineIndex == index);
        if (number < 0 || IsNew(piece, id, index, _calls[number].Id))
            return Add(id, index);
        _calls[number] = (_calls[number].Id ?? id, index ?? _calls[number].EngineIndex);
        return number;
    }

    /// <summary>
    /// Whether a piece begins another call than the one that its index says. A call begins with its function's name; without one, a new
    /// id is that of an engine that draws an id for each piece.
    /// </summary>
    private static bool IsNew(JsonElement piece, string? id, long? index, string? known) =>
        piece.Of("function").Text("name") is { Length: > 0 } && (id is null ? index is null : known is not null || index is null);

    private int Add(string? id, long? index)
    {
        if (_calls.Count == Most)
            throw new EngineFailureException("engine_malformed", $"The engine makes more than {Most} tool calls in one answer.");
        _calls.Add((id, index));
        return _calls.Count - 1;
    }
}
