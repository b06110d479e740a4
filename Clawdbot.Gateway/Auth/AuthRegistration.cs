namespace Clawdbot.Gateway.Auth;

/// <summary>What the container holds of this room.</summary>
internal static class AuthRegistration
{
    public static void AddAuth(this WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<KeyRing>().AddSingleton<Authenticator>();
}
