namespace Clawdbot.AppHost;

internal static class CertificateExtensions
{
    /// <summary>
    /// The resource serves plain HTTP and calls nobody by HTTPS, so Aspire need not look for a development certificate for it, warn in red
    /// that there is none, or write into its log that it trusts none.
    /// </summary>
    public static IResourceBuilder<T> WithoutCertificates<T>(this IResourceBuilder<T> builder)
        where T : IResourceWithEnvironment, IResourceWithArgs =>
        builder.WithoutHttpsCertificate().WithCertificateTrustScope(CertificateTrustScope.None);
}
