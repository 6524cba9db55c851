/// Every operation that is declared here.
public enum API {
    /// The facts of all operations, by service.
    public static let all: [Facts] = [
        Session.create.facts, Session.get.facts, Session.delete.facts,
        Library.list.facts, Library.get.facts, Library.find.facts, Library.update.facts,
        LocalLibrary.create.facts, LocalLibrary.get.facts, LocalLibrary.list.facts, LocalLibrary.update.facts, LocalLibrary.delete.facts,
        SubscribedLibrary.create.facts, SubscribedLibrary.get.facts, SubscribedLibrary.list.facts, SubscribedLibrary.update.facts,
        SubscribedLibrary.delete.facts, SubscribedLibrary.evict.facts, SubscribedLibrary.sync.facts, SubscribedLibrary.probe.facts,
        SubscribedItem.evict.facts, SubscribedItem.sync.facts,
        Item.create.facts, Item.get.facts, Item.list.facts, Item.find.facts, Item.update.facts, Item.copy.facts, Item.delete.facts,
        Item.File.get.facts, Item.File.list.facts, Item.Storage.get.facts, Item.Storage.list.facts, ItemType.list.facts,
        UpdateSession.create.facts, UpdateSession.get.facts, UpdateSession.list.facts, UpdateSession.keepAlive.facts,
        UpdateSession.complete.facts, UpdateSession.cancel.facts, UpdateSession.fail.facts, UpdateSession.delete.facts,
        UpdateSession.update.facts,
        UpdateSession.File.add.facts, UpdateSession.File.get.facts, UpdateSession.File.list.facts, UpdateSession.File.remove.facts,
        UpdateSession.File.validate.facts, UpdateSession.File.probe.facts,
        DownloadSession.create.facts, DownloadSession.get.facts, DownloadSession.list.facts, DownloadSession.keepAlive.facts,
        DownloadSession.cancel.facts, DownloadSession.fail.facts, DownloadSession.delete.facts,
        DownloadSession.File.list.facts, DownloadSession.File.get.facts, DownloadSession.File.prepare.facts,
    ]
}
