using System.Collections.Frozen;
using Clawdbot.Gateway.Admission;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Forwarding;
using Clawdbot.Gateway.Replicas;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Edge.Models;

/// <summary>Knows by which names clients may ask for which models. Thread-safe.</summary>
internal sealed class ModelDirectory(IOptions<ModelOptions> options, ReplicaTable table, AdmissionQueue admission)
{
    private readonly FrozenDictionary<string, string> _aliases = options.Value.Aliases.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Every name with the model that it stands for: those that replicas serve, then the aliases of these.</summary>
    public IEnumerable<(string Name, string Model)> All
    {
        get
        {
            var set = table.Current;
            return [.. set.Models.Where(m => !_aliases.ContainsKey(m)).Select(m => (m, m)),
                .. _aliases.Where(a => set.Serves(a.Value)).OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => (a.Key, a.Value))];
        }
    }

    /// <summary>What a name is an alias of; null for a name that is none.</summary>
    public string? AliasOf(string name) => _aliases.GetValueOrDefault(name);

    /// <summary>The model for a request that names none: the one that is served.</summary>
    /// <exception cref="ApiException">None is known yet, or there are several, of which the error tells.</exception>
    public string Default()
    {
        var models = table.Current.All.Where(r => r.State != ReplicaState.Gone).Select(r => r.Model).OfType<string>().Distinct().ToList();
        return models switch
        {
            [] => throw new ApiException(EdgeErrors.NoReplica(admission.RetryAfterSeconds())),
            [var only] => only,
            _ => throw ApiException.BadRequest("missing_field",
                $"'model' is missing, and several models are served. Name one of them: {Names()}.", "model"),
        };
    }

    /// <summary>The error for a request whose model no replica serves; null when one does, or while no models are known.</summary>
    public ApiError? Unknown(GenerationRequest request) =>
        table.Current is var set && (set.Models.IsEmpty || set.Serves(request.RoutedModel)) ? null : NotFound(request.Model);

    /// <summary>The error for a model that is not served here.</summary>
    public ApiError NotFound(string name) =>
        new(404, "model_not_found", $"The model '{name}' is not served here. Served: {Names()}.", "model");

    private string Names() => string.Join(", ", All.Select(m => m.Name));
}
