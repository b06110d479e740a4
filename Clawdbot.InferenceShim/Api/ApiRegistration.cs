using System.Security.Cryptography;
using Clawdbot.ServiceDefaults;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Api;

/// <summary>Registers what reads requests and writes answers.</summary>
internal static class ApiRegistration
{
    /// <summary>Largest request body, in bytes. A gateway limits clients' bodies already; this limits one that does not.</summary>
    private const int MostBytes = 64 << 20;

    public static void AddApi(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<ApiOptions>(ApiOptions.Section);
        builder.Services.AddSingleton(new ShimInstance(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))));
        builder.Services.AddSingleton<EngineStatusServices>().AddSingleton<ShimReport>().AddSingleton<StatusEndpoint>();
        builder.Services.AddSingleton<GenerationServices>().AddSingleton<GenerateEndpoint>().AddSingleton<OpenAiEndpoint>();
        builder.Services.AddSingleton<AttemptCostTable>().AddSingleton<Quarantine>();
        if (Options(builder.Configuration).InlineSockets)
            builder.WebHost.RunSocketsInline();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MostBytes;
        });
    }

    /// <summary>Maps OpenAI's chat API where <see cref="ApiOptions.OpenAi"/> is set.</summary>
    public static void MapOpenAi(this WebApplication app)
    {
        if (!Options(app.Configuration).OpenAi)
            return;
        app.MapPost("/v1/chat/completions", (HttpContext context, OpenAiEndpoint openAi) => openAi.ChatAsync(context));
        app.MapGet("/v1/models", (HttpContext context, OpenAiEndpoint openAi) => openAi.ModelsAsync(context));
    }

    private static ApiOptions Options(IConfiguration configuration) =>
        configuration.GetSection(ApiOptions.Section).Get<ApiOptions>() ?? new ApiOptions();
}
