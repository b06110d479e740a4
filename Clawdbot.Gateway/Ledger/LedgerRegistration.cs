using Clawdbot.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Ledger;

/// <summary>Registers the services of this folder.</summary>
internal static class LedgerRegistration
{
    public static void AddLedger(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<LedgerOptions>(LedgerOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<LedgerOptions>, LedgerRule>().AddSingleton<RequestLedger>();
        builder.Services.AddHostedService<LedgerWriter>();
    }
}
