using Clawdbot.Gateway.Edge.Responses;
using Microsoft.AspNetCore.Cors.Infrastructure;

namespace Clawdbot.Gateway.Edge.CrossOrigin;

/// <summary>
/// Lets pages of other origins call the APIs, by ASP.NET's own CORS middleware. Only the APIs: what the status page and the admin verbs
/// do is not for other pages.
/// </summary>
internal static class CorsRegistration
{
    private const string Policy = "api";

    /// <summary>How long a browser may keep the answer to a preflight; Chromium keeps it for no longer than this.</summary>
    private static readonly TimeSpan PreflightAge = TimeSpan.FromHours(2);

    /// <summary>Response headers that scripts of a page may read. A prefix such as <c>X-Clawdbot-*</c> means nothing to browsers.</summary>
    private static readonly string[] Exposed =
    [
        EdgeHeaders.RequestId, "Retry-After", "WWW-Authenticate", ServerTiming.Header,
        EdgeHeaders.Replica, EdgeHeaders.ServedModel, EdgeHeaders.Idempotent,
        "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests",
        "x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens",
    ];

    /// <summary>Registers the policy, which is made of <see cref="EdgeOptions.AllowedOrigins"/>.</summary>
    public static void AddCorsOfApis(this WebApplicationBuilder builder)
    {
        var origins = Origins(builder.Configuration);
        if (origins.Count > 0)
            builder.Services.AddCors(cors => cors.AddPolicy(Policy, policy => Allow(policy, origins)));
    }

    /// <summary>
    /// Adds the middleware, before what writes errors: a browser hides an error without these headers from its page. A preflight has no
    /// key, so it is answered here, before anybody asks for one.
    /// </summary>
    public static void UseCorsOfApis(this WebApplication app)
    {
        if (Origins(app.Configuration).Count > 0)
            app.UseWhen(static http => ApiRoutes.IsApi(http.Request.Path), static api => api.UseCors(Policy));
    }

    private static List<string> Origins(IConfiguration configuration) =>
        configuration.GetSection(EdgeOptions.Section).Get<EdgeOptions>()?.AllowedOrigins ?? [];

    private static void Allow(CorsPolicyBuilder policy, List<string> origins)
    {
        policy.WithMethods("GET", "HEAD", "POST", "DELETE").AllowAnyHeader()
            .WithExposedHeaders(Exposed).SetPreflightMaxAge(PreflightAge);
        if (origins.Contains(AllowedOriginsRule.Any))
            policy.AllowAnyOrigin(); // without credentials, which no browser would accept here
        else
            policy.WithOrigins([.. origins]).AllowCredentials();
    }
}
