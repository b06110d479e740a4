namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>One choice of an answer that is being generated.</summary>
internal sealed class EmbeddedChoice(
    int index, IEnumerator<int> ids, Tokenizer tokenizer, IReadOnlyList<string> stops, int maxTokens)
{
    private readonly TextAssembler _text = new(stops);
    private int _count;

    /// <summary>Walks over tokens that were already generated elsewhere, without generating them again.</summary>
    /// <exception cref="EngineRefusalException">The tokens are not a beginning of this answer.</exception>
    public void Resume(IReadOnlyList<int> given)
    {
        foreach (var id in given)
        {
            if (_count == maxTokens || _text.Stopped || !ids.MoveNext() || ids.Current != id)
            {
                throw new EngineRefusalException(StatusCodes.Status409Conflict, ServiceDefaults.Wire.GenerationError.ContinuationMismatch,
                    $"Token {_count} of the given beginning is not what this engine generates for the request, "
                    + "so it can't go on from there.");
            }
            _text.Push(tokenizer.Bytes(id));
            _count++;
        }
    }

    /// <summary>Generates the next token, or returns how the choice ended.</summary>
    public EngineEvent Next()
    {
        if (_text.Stopped)
            return Finished("stop");
        if (_count == maxTokens)
            return Finished("length");
        if (!ids.MoveNext())
            return Finished("stop");
        _count++;
        return new EngineTokens(index, _text.Push(tokenizer.Bytes(ids.Current)), [ids.Current]);
    }

    private EngineFinished Finished(string reason) => new(index, reason, _text.Flush(), null, _count);
}
