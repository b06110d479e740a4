using Clawdbot.InferenceShim.Engines.Http;

namespace Clawdbot.InferenceShim.Engines.Vllm;

/// <summary>
/// Makes text of token ids, where vLLM streams ids alone, and shows after each token exactly as much of it as vLLM's chat stream does
/// (<c>vllm/v1/engine/detokenizer.py</c>): nothing while the text ends within a character, and with stop strings all but the last
/// characters, one fewer than the longest stop string has. What a client has seen thus depends only on the ids it was sent, and an answer
/// can go on at any of them.
/// </summary>
internal sealed class VllmChunks(Func<IReadOnlyList<int>, CancellationToken, Task<string>> detokenize, IReadOnlyList<string> stops)
{
    private const char HalfCharacter = '\uFFFD';

    /// <summary>More tokens than one character can be made of.</summary>
    private const int MostOfOneCharacter = 16;

    /// <summary>
    /// Ids in the window before older ones leave it, and how many then stay: some tokenizers decode the first token differently.
    /// </summary>
    private const int Window = 256, Lead = 6;

    private readonly int _held = stops.Select(s => s.EnumerateRunes().Count() - 1).DefaultIfEmpty(0).Max();
    private readonly List<int> _ids = [];
    private string _text = "";
    private int _whole; // ids that _text is made of
    private int _from, _lead, _at; // first id in the window, number of old characters in its text, where the new ones begin in _text
    private int _shown;

    /// <summary>Whether a stop string was met, which ends the answer.</summary>
    public bool IsStopped => Stop is not null;

    /// <summary>The stop string that was met; null while none was.</summary>
    public string? Stop { get; private set; }

    /// <summary>Takes the ids that were generated elsewhere; the client has the text that they made visible.</summary>
    public async Task BeginAsync(IReadOnlyList<int> given, CancellationToken cancellation)
    {
        await TakeAsync(given, cancellation);
        if (_ids.Count - _whole >= MostOfOneCharacter)
            throw EngineFaults.Mismatch("The last tokens are no character together.");
        _shown = Visible();
    }

    /// <summary>Takes new ids and returns what became visible.</summary>
    public async Task<string> AddAsync(IReadOnlyList<int> ids, CancellationToken cancellation)
    {
        await TakeAsync(ids, cancellation);
        return Show(IsStopped ? _text.Length : Visible());
    }

    /// <summary>Takes the last ids and returns what is still to be shown.</summary>
    public async Task<string> EndAsync(IReadOnlyList<int> ids, string reason, CancellationToken cancellation)
    {
        if (reason == "stop" && ids.Count > 0)
        {
            await TakeAsync([.. ids.Take(ids.Count - 1)], cancellation);
            var before = _text;
            if (!IsStopped)
                await TakeAsync([ids[^1]], cancellation);
            if (!IsStopped)
                _text = before; // no stop string ended it, so its last token did, and that is not shown
        }
        else
        {
            await TakeAsync(ids, cancellation);
        }
        return Show(_text.Length);
    }

    private async Task TakeAsync(IReadOnlyList<int> ids, CancellationToken cancellation)
    {
        var before = (Ids: _ids.Count, Characters: _text.Length);
        _ids.AddRange(ids);
        for (var end = _ids.Count; end > Math.Max(before.Ids, _ids.Count - MostOfOneCharacter); end--)
        {
            var window = await detokenize(_ids[_from..end], cancellation);
            if (window.EndsWith(HalfCharacter))
                continue;
            _text = string.Concat(_text.AsSpan(0, _at), window.AsSpan(Math.Min(_lead, window.Length)));
            _whole = end;
            break;
        }
        if (_whole == _ids.Count && _ids.Count - _from > Window)
            (_from, _at, _lead) = (_ids.Count - Lead, _text.Length, (await detokenize(_ids[^Lead..], cancellation)).Length);
        FindStop(before.Characters);
    }

    /// <summary>Cuts the text before the first stop string, in the client's order, that ends in the new text.</summary>
    private void FindStop(int old)
    {
        foreach (var stop in stops)
        {
            var at = _text.IndexOf(stop, Math.Clamp(old - stop.Length + 1, 0, _text.Length), StringComparison.Ordinal);
            if (at < 0)
                continue;
            (_text, Stop) = (_text[..at], stop);
            return;
        }
    }

    private int Visible()
    {
        var end = _text.Length;
        for (var held = 0; held < _held && end > 0; held++)
            end -= end > 1 && char.IsSurrogatePair(_text[end - 2], _text[end - 1]) ? 2 : 1;
        return end;
    }

    private string Show(int end)
    {
        var text = end > _shown ? _text[_shown..end] : "";
        _shown = Math.Max(_shown, end);
        return text;
    }
}
