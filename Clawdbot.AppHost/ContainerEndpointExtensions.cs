namespace Clawdbot.AppHost;

internal static class ContainerEndpointExtensions
{
    private const string Name = "containers";

    /// <summary>
    /// Where containers run, gives a program an address of its own for them, behind Aspire's proxy. They reach this machine through
    /// Aspire's tunnel, and the tunnel of an address without a proxy goes with its process and comes back on another port, which no
    /// container is told (DCP 0.26 keeps the old port's listener): after its first death a gateway would be out of Nginx's reach for good.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithContainerEndpoint(this IResourceBuilder<ProjectResource> builder)
    {
        var application = builder.ApplicationBuilder;
        return application.ExecutionContext.IsPublishMode || !application.RunsContainers()
            ? builder
            : builder.WithHttpEndpoint(name: Name).WithUrlForEndpoint(Name, url => url.DisplayLocation = UrlDisplayLocation.DetailsOnly);
    }

    /// <summary>The endpoint at which resources that may be containers reach the resource over HTTP.</summary>
    /// <param name="builder">The resource.</param>
    /// <param name="endpoint">Its endpoint where it has none of its own for containers.</param>
    public static EndpointReference EndpointForContainers(
        this IResourceBuilder<IResourceWithEndpoints> builder, string endpoint = "http") =>
        builder.GetEndpoint(builder.Resource.Annotations.OfType<EndpointAnnotation>().Any(known => known.Name == Name) ? Name : endpoint);
}
