namespace Clawdbot.InferenceShim.Engines.SgLang;

/// <summary>What SGLang is believed to do. Section <c>Engine:SgLang</c>.</summary>
internal sealed class SgLangOptions
{
    /// <summary>Section name.</summary>
    public const string Section = "Engine:SgLang";

    /// <summary>It runs with <c>--enable-deterministic-inference</c>: the same seed gives the same answer, whatever runs beside it. A server that says otherwise of itself is not used.</summary>
    public bool Deterministic { get; set; }
}
