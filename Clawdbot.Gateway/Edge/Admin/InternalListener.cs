using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Edge.Admin;

/// <summary>Tells requests of the internal listener from those of the public one, by the port they came in on.</summary>
internal sealed class InternalListener(IServer server, IOptions<EdgeOptions> options)
{
    private int? _port;

    /// <summary>Whether the internal listener took this request.</summary>
    public bool Took(HttpContext http) => Port is { } port && http.Connection.LocalPort == port;

    /// <summary>The addresses listened on, the internal one last; after the start.</summary>
    public IReadOnlyList<string> Addresses => [.. server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []];

    // The internal URL was added last, and the server keeps the order; a port of 0 is known only by looking.
    private int? Port => options.Value.InternalUrl.Length == 0 ? null : _port ??= BindingAddress.Parse(Addresses[^1]).Port;
}
