using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Engines.Embedded;
using Clawdbot.InferenceShim.Engines.Http;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Generation;

/// <summary>
/// What the engine can do, by its configuration, by its own word, and by what it was seen to do and to refuse. Thread-safe.
/// </summary>
/// <remarks>
/// The words of a refusal may be a client's own, which an engine repeats. So they only tell gateways to ask others first, for a while, and
/// they never count against what the engine has been seen to do. Only what the shim tried itself lets it refuse a request unasked.
/// </remarks>
internal sealed class CapabilityEvidence(IEngine engine, IOptions<EngineOptions> options, TimeProvider time)
{
    /// <summary>How long the words of a refusal count.</summary>
    private static readonly TimeSpan WordsCount = TimeSpan.FromSeconds(60);

    /// <summary>How long the shim waits before it tries again what the engine could not do.</summary>
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long after that no canary has tried it where clients are served all the time; then gateways are told that it may be tried, and
    /// send a client's request for it.
    /// </summary>
    private static readonly TimeSpan ClientsTry = TryAgain + TimeSpan.FromSeconds(15);

    /// <summary>Most characters that are kept of the words of a refusal.</summary>
    private const int MostWords = 200;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _tried = [];
    private readonly Dictionary<string, (string Why, long At)> _heard = [];
    private readonly HashSet<string> _shown = [];
    private readonly bool _isEmbedded = engine is EmbeddedEngine;
    private long _triedAt = long.MinValue;
    private string _identity = "";

    /// <summary>What is known, for the status.</summary>
    public IReadOnlyList<CapabilityReport> Report()
    {
        lock (_lock)
        {
            return [.. Capabilities.All.Select(name =>
                Lack(name) is { } why ? new CapabilityReport(name, Capabilities.Lacking, why)
                : new CapabilityReport(name, _isEmbedded || _shown.Contains(name) ? Capabilities.Shown : Capabilities.Assumed))];
        }
    }

    /// <summary>Whether the engine was seen to do it.</summary>
    public bool HasShown(string capability)
    {
        lock (_lock)
            return _shown.Contains(capability);
    }

    /// <summary>
    /// Whether the shim's own test request may try it: not where it is known to be lacking, but again and again where only a trial showed
    /// so.
    /// </summary>
    public bool MayTry(string capability)
    {
        lock (_lock)
            return Told(capability) is null && (!_tried.ContainsKey(capability) || time.GetElapsedTime(_triedAt) >= TryAgain);
    }

    /// <summary>Whether the shim has found by a trial that the engine can't do it.</summary>
    public bool WasFoundLacking(string capability)
    {
        lock (_lock)
            return _tried.ContainsKey(capability);
    }

    /// <summary>Notes that the engine does it.</summary>
    public void Shows(string capability)
    {
        lock (_lock)
        {
            BeginAnew();
            _shown.Add(capability);
            _tried.Remove(capability);
            _heard.Remove(capability);
        }
    }

    /// <summary>Notes that the shim's own test request showed that the engine can't do it.</summary>
    public void Lacks(string capability, string why)
    {
        lock (_lock)
        {
            BeginAnew();
            (_tried[capability], _triedAt) = (Short(why), time.GetTimestamp());
        }
    }

    /// <summary>Notes that the engine has taken a client's request: it can do all that the request needs.</summary>
    public void Took(EngineRequest request)
    {
        if (_isEmbedded)
            return; // what it can do is known, and its requests are not parsed for this
        foreach (var need in Unshown(request))
            Shows(need);
    }

    /// <summary>Notes that the engine has refused a client's request.</summary>
    public void Refused(EngineRequest request, EngineRefusalException refusal)
    {
        if (request.GoesOn && !refusal.IsOfEngine)
            return; // the shim refused it for what is in the request
        if (EngineFaults.LackOf(refusal.Code) is not { } lack || !Unshown(request).Contains(lack))
            return;
        lock (_lock)
            _heard[lack] = (Short(refusal.Message), time.GetTimestamp());
    }

    /// <summary>Whether a request that the engine failed has pictures, of which it was never seen to take one.</summary>
    public bool MayLackPictures(EngineRequest request) =>
        !_isEmbedded && !HasShown(Capabilities.Pictures) && !request.GoesOn && request.Outline.Pictures.Count > 0;

    /// <summary>
    /// Notes that the engine fails pictures and goes on with others' words. The refusal that is told in place of the failure: like a
    /// refusal's words it makes gateways ask others first, for a minute.
    /// </summary>
    public EngineRefusalException FailsPictures(EngineFailureException fault)
    {
        lock (_lock)
            _heard[Capabilities.Pictures] = (Short(fault.Message), time.GetTimestamp());
        return Refusal(Capabilities.Pictures, Short(fault.Message));
    }

    /// <summary>Refuses a request that needs what the engine was found unable to do.</summary>
    /// <exception cref="EngineRefusalException">It does.</exception>
    public void Check(EngineRequest request)
    {
        if (!MayLack())
            return;
        if (request.GoesOn)
        {
            if (Proven(Capabilities.Continuation) is { } reason)
                throw EngineFaults.Mismatch($"The engine does not go on with answers: {reason}.");
            return; // it was taken where it began
        }
        foreach (var need in Needs(request))
        {
            if (Refused(need) is { } why)
                throw Refusal(need, why);
        }
    }

    private static EngineRefusalException Refusal(string need, string why) => need switch
    {
        Capabilities.Pictures => new(400, GenerationError.ImagesNotSupported,
            $"This model takes no pictures here ({why}). Leave them out, or ask for a model that takes them.", "messages"),
        Capabilities.Tools => new(400, GenerationError.ToolsNotSupported,
            $"This model calls no tools here ({why}). Leave 'tools' out, or ask for a model that calls them.", "tools"),
        _ => new(400, GenerationError.GrammarNotSupported,
            $"This model holds to no grammar or schema here ({why}). Leave it out, or ask for a model that does.", "response_format"),
    };

    /// <summary>Whether anything can be lacking; looked at before a request is parsed for what it needs.</summary>
    private bool MayLack()
    {
        lock (_lock)
            return _tried.Count > 0 || options.Value.Lacks.Count > 0 || engine.Description.Lacks.Count > 0;
    }

    /// <summary>Why a request that needs it need not be sent; null where it may be.</summary>
    private string? Proven(string capability)
    {
        lock (_lock)
            return Said(capability) ?? _tried.GetValueOrDefault(capability);
    }

    /// <summary>
    /// The same, but one request in a minute may be sent all the same, as a trial: while clients are served no canary is. Where it fails,
    /// the gateway asks another replica.
    /// </summary>
    private string? Refused(string capability)
    {
        lock (_lock)
        {
            if (Said(capability) is null && _tried.ContainsKey(capability) && time.GetElapsedTime(_triedAt) >= TryAgain)
            {
                _triedAt = time.GetTimestamp();
                return null;
            }
            return Proven(capability);
        }
    }

    private List<string> Unshown(EngineRequest request) => [.. Needs(request).Where(n => !HasShown(n))];

    private static IEnumerable<string> Needs(EngineRequest request)
    {
        if (request.GoesOn)
            yield return Capabilities.Continuation;
        if (request.Outline.Pictures.Count > 0)
            yield return Capabilities.Pictures;
        foreach (var field in request.Raw.Fields)
        {
            if (MoreThanText.CapabilityOf(field.Name) is { } needed && MoreThanText.IsWanted(field.Name, field.Value.Span))
                yield return needed;
        }
    }

    /// <summary>Why the engine can't do it; null where nothing says so.</summary>
    private string? Lack(string capability)
    {
        if (_heard.TryGetValue(capability, out var heard) && time.GetElapsedTime(heard.At) >= WordsCount)
            _heard.Remove(capability);
        var tried = time.GetElapsedTime(_triedAt) < ClientsTry ? _tried.GetValueOrDefault(capability) : null;
        return Told(capability) ?? tried ?? (_heard.TryGetValue(capability, out heard) ? heard.Why : null);
    }

    /// <summary>Why the engine can't do it, by its kind, the configuration, or its own word.</summary>
    private string? Told(string capability) =>
        engine.Capabilities.Has(capability) ? Said(capability) : $"by the kind {options.Value.Kind} and its settings";

    private string? Said(string capability) =>
        options.Value.Lacks.Contains(capability, StringComparer.OrdinalIgnoreCase) ? "by Engine:Lacks"
        : engine.Description.Lacks.Contains(capability) ? "by the engine's own word"
        : null;

    private static string Short(string why) => why.Length > MostWords ? why[..MostWords] : why;

    /// <summary>Forgets what another engine, or another model, has shown.</summary>
    private void BeginAnew()
    {
        var identity = engine.Description.Identity;
        if (identity == _identity)
            return;
        _identity = identity;
        _shown.Clear();
        _tried.Clear();
        _heard.Clear();
    }
}
