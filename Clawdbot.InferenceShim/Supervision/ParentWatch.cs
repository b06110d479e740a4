using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Clawdbot.InferenceShim.Supervision;

/// <summary>
/// Ties a shim to the gateway that started it: its secrets come by standard input, and it ends when the gateway does.
/// </summary>
/// <remarks>
/// Two ways, because each has a hole. Standard input ends everywhere when the parent dies, but a stopped (SIGSTOP) shim
/// cannot see it; Linux's parent-death signal ends a stopped one too, but exists there only. Secrets by standard input
/// are in no file, no argument list and no environment.
/// </remarks>
internal static partial class ParentWatch
{
    private const int SetParentDeathSignal = 1;
    private const int SigKill = 9;

    /// <summary>Whether this process was started by a gateway that watches it: <c>Parent:Stdin=true</c>.</summary>
    public static bool IsWanted(IConfiguration configuration) => configuration.GetValue<bool>("Parent:Stdin");

    /// <summary>Reads the fleet secret and the admin secret, a line each, and ends this process when the input ends.</summary>
    public static void Attach(IConfigurationBuilder configuration)
    {
        if (OperatingSystem.IsLinux())
            _ = Prctl(SetParentDeathSignal, SigKill, 0, 0, 0);
        var input = Console.In;
        var secret = input.ReadLine();
        var admin = input.ReadLine();
        if (secret is null || admin is null)
            Environment.Exit(1); // the parent died before it wrote the secrets
        configuration.AddInMemoryCollection([new("Fleet:Secret", secret), new("Fleet:AdminSecret", admin)]);

        // A thread of its own: the end of the parent must be seen however busy the pool is.
        new Thread(() =>
        {
            while (input.ReadLine() is not null)
            {
            }
            Environment.Exit(0);
        })
        { IsBackground = true, Name = "parent-watch" }.Start();
    }

    /// <summary>Writes the address it listens at to standard output, for the gateway that started it: the system chose the port.</summary>
    public static void TellAddress(this WebApplication app) => app.Lifetime.ApplicationStarted.Register(() =>
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        Console.Out.WriteLine($"clawdbot-shim listening on {addresses.First()}");
    });

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Prctl(int option, nuint a, nuint b, nuint c, nuint d);
}
