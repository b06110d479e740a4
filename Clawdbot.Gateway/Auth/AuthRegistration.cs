namespace Clawdbot.Gateway.Auth;

/// <summary>Registers the services of authentication.</summary>
internal static class AuthRegistration
{
    public static void AddAuth(this WebApplicationBuilder builder) =>
        builder.Services.AddSingleton<KeyRing>().AddSingleton<Authenticator>();
}
