using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Api;

/// <summary>Lets only gateways in.</summary>
internal static class FleetAuth
{
    /// <summary>Refuses calls without the fleet secret, before a byte of the body is read.</summary>
    public static RouteGroupBuilder RequireFleetSecret(this RouteGroupBuilder group)
    {
        group.AddEndpointFilter((context, next) =>
            Secrets(context).Secret is var secret && FleetProof.Same(secret, context.HttpContext.Request.Headers[FleetHeaders.Secret])
                ? next(context)
                : Refuse("fleet_secret_required",
                    $"This is a Clawdbot shim. It serves only callers that send the fleet secret in {FleetHeaders.Secret}."));
        return group;
    }

    /// <summary>Refuses calls without the admin secret.</summary>
    public static RouteGroupBuilder RequireAdminSecret(this RouteGroupBuilder group)
    {
        group.AddEndpointFilter((context, next) =>
            Secrets(context).AdminSecret is { Length: > 0 } secret
            && FleetProof.Same(secret, context.HttpContext.Request.Headers[FleetHeaders.AdminSecret])
                ? next(context)
                : Refuse("admin_secret_required", $"Drain, return and restart need the admin secret in {FleetHeaders.AdminSecret}."));
        return group;
    }

    /// <summary>Answers a gateway's challenge with a proof of the fleet secret; refuses a call without a valid challenge.</summary>
    public static void MapProof(this IEndpointRouteBuilder routes) =>
        routes.MapGet(FleetRoutes.Proof, (HttpContext context, IOptions<FleetOptions> fleet) =>
        {
            var proof = FleetProof.Answer(fleet.Value.Secret, context.Request.Headers[FleetHeaders.Challenge]);
            if (proof is null)
                return Results.StatusCode(StatusCodes.Status401Unauthorized);
            context.Response.Headers[FleetHeaders.Proof] = proof;
            context.Response.ContentLength = 0;
            return Results.Empty;
        });

    private static FleetOptions Secrets(EndpointFilterInvocationContext context) =>
        context.HttpContext.RequestServices.GetRequiredService<IOptions<FleetOptions>>().Value;

    private static ValueTask<object?> Refuse(string code, string message) => ValueTask.FromResult<object?>(
        Results.Json(new GenerationError(code, message), WireJson.Default.GenerationError, statusCode: StatusCodes.Status401Unauthorized));
}
