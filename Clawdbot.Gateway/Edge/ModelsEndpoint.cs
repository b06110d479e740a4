using System.Text.Json;
using Clawdbot.Gateway.Auth;
using Clawdbot.Gateway.Edge.Responses;
using Clawdbot.Gateway.Replicas;

namespace Clawdbot.Gateway.Edge;

/// <summary>GET /v1/models: the models that the known replicas serve.</summary>
internal sealed class ModelsEndpoint(Authenticator auth, ReplicaTable table)
{
    public Task HandleAsync(HttpContext http)
    {
        var (_, refusal) = auth.Identify(http);
        if (refusal != Refusal.None)
            return EdgeErrors.Of(refusal).WriteAsync(http);
        var json = new Utf8JsonWriter(http.Response.BodyWriter);
        RequestId.Write(http);
        http.Response.ContentType = "application/json; charset=utf-8";
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        var served = table.Current.All.SelectMany(r => r.Models, (replica, model) => (replica, model));
        foreach (var group in served.GroupBy(s => s.model, s => s.replica))
        {
            json.WriteStartObject();
            json.WriteString("id", group.Key);
            json.WriteString("object", "model");
            json.WriteNumber("created", group.Min(r => r.Since).ToUnixTimeSeconds());
            json.WriteString("owned_by", "clawdbot");
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        return json.FlushAsync(http.RequestAborted);
    }
}
