namespace Clawdbot.AppHost;

/// <summary>What stands in front of the gateways, in either form.</summary>
internal interface IFrontResource : IResourceWithEndpoints, IResourceWithWaitSupport;

/// <summary>The programs that can be it.</summary>
internal enum FrontKind
{
    /// <summary>The default.</summary>
    Nginx,

    /// <summary>Has health checks of its own, and so notices a gateway that hangs.</summary>
    HaProxy,
}

internal static class FrontExtensions
{
    /// <summary>Number of fronts in a cluster, which shares one address out among them.</summary>
    private const int CountInCluster = 2;

    /// <summary>
    /// Adds Nginx, or HAProxy with <c>--Front=haproxy</c>; none where it can't be run. Elsewhere than in a cluster it is one: the address
    /// that clients use is that of its host.
    /// </summary>
    public static IReadOnlyList<IResourceBuilder<IFrontResource>> AddFronts(
        this IDistributedApplicationBuilder builder, IReadOnlyList<IResourceBuilder<ProjectResource>> gateways)
    {
        IEnumerable<IResourceBuilder<IFrontResource>?> fronts = builder.Target() == PublishTarget.Kubernetes
            ? Enumerable.Range(0, CountInCluster).Select(i => builder.AddNginx($"nginx-{i}", gateways))
            : [builder.Front() == FrontKind.HaProxy ? builder.AddHaProxy("haproxy", gateways) : builder.AddNginx("nginx", gateways)];
        return [.. fronts.OfType<IResourceBuilder<IFrontResource>>()];
    }

    /// <summary>The switch <c>--Front=nginx|haproxy</c>.</summary>
    public static FrontKind Front(this IDistributedApplicationBuilder builder) =>
        Enum.TryParse<FrontKind>(builder.Configuration["Front"], ignoreCase: true, out var kind) ? kind : FrontKind.Nginx;

    /// <summary>Adds a mistake when <c>Front</c> is wrong, or can't be published.</summary>
    public static void Check(IDistributedApplicationBuilder builder, ICollection<string> mistakes)
    {
        if (builder.Configuration["Front"] is { Length: > 0 } text
            && !Enum.GetNames<FrontKind>().Contains(text, StringComparer.OrdinalIgnoreCase))
            mistakes.Add($"Front is '{text}'; use nginx or haproxy, or leave it out for nginx.");
        else if (builder.Front() != FrontKind.Nginx && builder.ExecutionContext.IsPublishMode)
            mistakes.Add("Front=haproxy is for running the application here; what is published has Nginx in front. Leave Front out.");
    }

    /// <summary>What all fronts have: they wait for the gateways, are asked for their health, and are started again.</summary>
    public static IResourceBuilder<T> AsFront<T>(this IResourceBuilder<T> front, IReadOnlyList<IResourceBuilder<ProjectResource>> gateways)
        where T : IFrontResource
    {
        foreach (var gateway in gateways)
            front.WaitForStart(gateway); // Nginx refuses to start while an upstream's name is unknown
        return front
            .WithReadiness()
            .WithIconName("BranchFork")
            .WithUrlForEndpoint("http", url => (url.DisplayText, url.Url) = ("Try it", $"{url.Url}/#playground"))
            .WithUrlForEndpoint("status", url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly)
            .WithRestarts()
            .InServing(ServingType.EdgeProxy);
    }
}
