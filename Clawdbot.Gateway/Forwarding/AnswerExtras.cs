using System.Buffers;
using System.Text;
using System.Text.Json;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Forwarding;

/// <summary>
/// What the engine said beside an answer's text. The labels are those of the attempt that the answer began with; the details of usage
/// those of the attempt that ended it. All of it is checked here, whatever the shim has checked.
/// </summary>
/// <param name="wantsIds">Whether the client asked for token ids.</param>
internal sealed class AnswerExtras(bool wantsIds)
{
    private readonly Dictionary<int, JsonElement> _stopReasons = [];
    private string? _fingerprint;
    private string? _tier;
    private IReadOnlyList<int>? _promptIds;

    /// <summary>What usage tells beside the counts; null when nothing.</summary>
    public JsonElement? Usage { get; private set; }

    /// <summary>Whether the attempt that ended the answer did not begin it, so that its usage is of a part only.</summary>
    public bool IsOfPart { get; private set; }

    /// <summary>Takes what came with the start of the first attempt.</summary>
    public void Began(GenerationStart start) => (_fingerprint, _tier, _promptIds) =
        (EngineLabel.Of(start.SystemFingerprint), EngineLabel.Of(start.ServiceTier), wantsIds ? start.PromptTokenIds : null);

    /// <summary>Takes what came with the end of a choice.</summary>
    /// <param name="finish">The end.</param>
    /// <param name="given">Tokens of the answer that the attempt did not generate.</param>
    public void Ended(GenerationFinish finish, int given)
    {
        if (finish.StopReason is { } said && EngineLabel.StopReason(said) is { } reason)
            _stopReasons[finish.Index] = reason;
        if (finish.UsageDetails is { } told)
            (Usage, IsOfPart) = (UsageDetails.Of(told), given > 0);
    }

    /// <summary>Forgets everything, for an answer that is started over.</summary>
    public void Clear()
    {
        _stopReasons.Clear();
        (_fingerprint, _tier, _promptIds, Usage, IsOfPart) = (null, null, null, null, false);
    }

    /// <summary>Writes <c>,"system_fingerprint":...</c> and <c>,"service_tier":...</c>, those that there are.</summary>
    public void WriteLabels(IBufferWriter<byte> output)
    {
        Label(output, "system_fingerprint", _fingerprint);
        Label(output, "service_tier", _tier);
    }

    /// <summary>Writes <c>,"prompt_token_ids":[...]</c> where the client asked for them and the engine told them.</summary>
    public void WritePromptIds(IBufferWriter<byte> output)
    {
        if (_promptIds is { } ids)
            Encoding.ASCII.GetBytes($",\"prompt_token_ids\":[{string.Join(',', ids)}]", output);
    }

    /// <summary>What stopped a choice: the stop string, or the id of the stop token; null where the engine did not say.</summary>
    public JsonElement? StopReason(int index) => _stopReasons.TryGetValue(index, out var reason) ? reason : null;

    /// <summary>Writes <c>,"stop_reason":...</c> of a choice, where there is one.</summary>
    public void WriteStopReason(IBufferWriter<byte> output, int index)
    {
        if (_stopReasons.TryGetValue(index, out var reason))
            Encoding.UTF8.GetBytes($",\"stop_reason\":{reason.GetRawText()}", output); // a string or a number: on one line
    }

    private static void Label(IBufferWriter<byte> output, string name, string? value)
    {
        if (value is not null)
            Encoding.UTF8.GetBytes($",\"{name}\":\"{JsonEncodedText.Encode(value)}\"", output);
    }
}
