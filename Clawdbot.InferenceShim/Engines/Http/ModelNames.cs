namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>
/// The configured names of an engine's model: those that clients ask for, and the one that goes into requests to the engine in their
/// place (<see cref="EngineOptions.UpstreamModel"/>).
/// </summary>
internal sealed class ModelNames(EngineOptions options)
{
    private const string Field = "model";

    /// <summary>The name that clients ask for; empty: the engine is asked what it serves.</summary>
    public string Asked => options.Model.Length > 0 ? options.Model : options.UpstreamModel;

    /// <summary>The name in requests to the engine; null: what the client wrote stays.</summary>
    public string? Upstream => options.UpstreamModel.Length > 0 ? options.UpstreamModel : null;

    /// <summary>
    /// The name to send for the one that a client asked for. One that is not this replica's stays, so that the engine says that it does
    /// not have that model, instead of answering with another.
    /// </summary>
    public string ToEngine(string asked) =>
        Upstream is { } own && (asked.Length == 0 || asked == Asked || options.AlsoModels.Contains(asked)) ? own : asked;

    /// <summary>The fields of a client's request, with the name to send. The body is indexed once, and nothing of it is copied.</summary>
    /// <exception cref="EngineRefusalException">The body is no JSON object.</exception>
    public RawObject Fields(EngineRequest request)
    {
        var raw = request.Raw;
        if (Upstream is not { } own || (raw.Has(Field) && (raw.Text(Field) is not { } asked || ToEngine(asked) != own)))
            return raw;
        return raw.With(Field, RawEdit.Text(own));
    }

    /// <summary>
    /// The part of an identity that is the model's name. Without <see cref="Upstream"/> it is the name alone, as shims had it before there
    /// was the other one: they go on with each other's answers.
    /// </summary>
    public string Identity(string model) => Upstream is { } own ? $"{model}\n{own}" : model;
}
