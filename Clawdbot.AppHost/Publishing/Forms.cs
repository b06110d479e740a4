namespace Clawdbot.AppHost;

internal static partial class PublishTargetExtensions
{
    static partial void AddForm(IDistributedApplicationBuilder builder, PublishTarget target, ref bool added)
    {
        if (target == PublishTarget.Compose)
            builder.AddComposeTarget();
        else
            builder.AddKubernetesTarget();
        added = true;
    }
}
