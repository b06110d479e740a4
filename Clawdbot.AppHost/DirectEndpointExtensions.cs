namespace Clawdbot.AppHost;

internal static class DirectEndpointExtensions
{
    /// <summary>
    /// Run here, the endpoint is the process's own port. Aspire's proxy in front of it goes on accepting connections when the
    /// process is dead, and a refused connection is the plainest evidence of death there is.
    /// </summary>
    public static IResourceBuilder<T> WithoutProxy<T>(this IResourceBuilder<T> builder, string endpointName) where T : IResourceWithEndpoints =>
        builder.ApplicationBuilder.ExecutionContext.IsPublishMode ? builder
        : builder.WithEndpoint(endpointName, endpoint => endpoint.IsProxied = false);
}
