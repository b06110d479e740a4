namespace Clawdbot.AppHost.Publishing;

internal static partial class PublishTargetExtensions
{
    static partial void Include(Dictionary<PublishTarget, Action<IDistributedApplicationBuilder>> environments)
    {
        environments.Add(PublishTarget.Compose, ComposeExtensions.AddComposeTarget);
        environments.Add(PublishTarget.Kubernetes, KubernetesExtensions.AddKubernetesTarget);
    }
}
