using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Edge.Admin;

/// <summary>Tells requests of the internal listener from those of the public one, by the port they came in on.</summary>
internal sealed class InternalListener(IServer server, IOptions<EdgeOptions> options)
{
    private int? _port;

    /// <summary>Whether this request came in on the internal listener.</summary>
    public bool Took(HttpContext http) => Port is { } port && http.Connection.LocalPort == port;

    /// <summary>The addresses that the server listens on, the internal one last; empty before the start.</summary>
    public IReadOnlyList<string> Addresses => [.. server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []];

    // The internal URL was added last, and the server keeps the order; the real port for 0 is known only from the server.
    private int? Port => options.Value.InternalUrl.Length == 0 ? null : _port ??= BindingAddress.Parse(Addresses[^1]).Port;
}
