using System.Text.Json;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Replicas;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.Gateway.Edge.Models;

/// <summary>GET and HEAD of <c>/v1/models</c> and of <c>/v1/models/{id}</c>: the models that the known replicas serve.</summary>
internal sealed class ModelsEndpoint(Authenticator auth, ReplicaTable table, ModelDirectory models)
{
    /// <summary>Answers with all models, or with one.</summary>
    /// <param name="http">The request.</param>
    /// <param name="id">
    /// The model's id as it stands in the path, slashes included, where clients leave some as <c>%2F</c>; null or empty for all models.
    /// </param>
    public Task HandleAsync(HttpContext http, string? id)
    {
        var (_, refusal) = auth.Identify(http);
        if (refusal != Refusal.None)
            return EdgeErrors.Of(refusal).WriteAsync(http);
        if (string.IsNullOrEmpty(id))
            return SendAsync(http, WriteAll);
        var name = id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var found = models.All.FirstOrDefault(m => m.Name == name);
        return found.Name is null ? models.NotFound(name).WriteAsync(http) : SendAsync(http, json => Write(json, found.Name, found.Model));
    }

    private static Task SendAsync(HttpContext http, Action<Utf8JsonWriter> write)
    {
        RequestId.Write(http);
        http.Response.ContentType = "application/json; charset=utf-8";
        var json = new Utf8JsonWriter(http.Response.BodyWriter);
        write(json);
        return json.FlushAsync(http.RequestAborted);
    }

    private void WriteAll(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        foreach (var (name, model) in models.All)
            Write(json, name, model);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void Write(Utf8JsonWriter json, string name, string model)
    {
        var replicas = table.Current.All.Where(r => r.Models.Contains(model)).ToList();
        json.WriteStartObject();
        json.WriteString("id", name);
        json.WriteString("object", "model");
        json.WriteNumber("created", replicas.Select(r => r.Since).DefaultIfEmpty().Min().ToUnixTimeSeconds());
        json.WriteString("owned_by", "clawdbot");
        if (replicas.Max(r => r.Description?.ContextTokens) is { } context)
            json.WriteNumber("context_length", context);
        json.WriteStartObject("capabilities");
        foreach (var capability in Capabilities.All)
        {
            if (Can(replicas, capability) is { } can)
                json.WriteBoolean(capability, can);
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Whether one of these replicas can do it, as far as they say; null where none says.</summary>
    private static bool? Can(List<Replica> replicas, string capability)
    {
        bool? can = null;
        foreach (var report in replicas.SelectMany(r => (r.Live.Status?.Capabilities ?? []).Take(ReplicaLacks.MostEntries)))
        {
            if (report.Name == capability)
                can = can == true || report.State != Capabilities.Lacking;
        }
        return can;
    }
}
